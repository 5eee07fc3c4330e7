// Hands a sweep to Temporal and follows it; whoever hands in the same sweep again follows the same workflow.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
} from '@temporalio/client'
import { revived } from '../experiments/summary.ts'
import type { TuneProgress } from '../experiments/tune.ts'
import { expandPlan, type KnownDay, type TunePlan } from '../experiments/tunePlan.ts'
import { type TuneResult, tuneResult } from '../experiments/tuneResult.ts'
import {
  type SweepInput,
  sweepProgressQuery,
  taskQueues,
  workflowIds,
} from '../../workflows/messages.ts'
import type { Context } from './command.ts'

interface OnTemporal {
  address: string
  namespace: string
  context: Pick<Context, 'checkScenario' | 'screen' | 'signal'>
  onProgress: (progress: TuneProgress) => void
}

type Sweep = (input: SweepInput) => Promise<KnownDay[]>

/** What a workflow hands on at once must stay below Temporal's 2 MB; a day has some 350 bytes. */
const mostDays = 5000

export async function tuneOnTemporal(plan: TunePlan, options: OnTemporal): Promise<TuneResult> {
  const { address, namespace, context } = options
  const points = expandPlan(plan, context.checkScenario)
  const days = points.length * plan.space.replications
  if (days > mostDays) {
    throw new Error(`a sweep over Temporal has ${mostDays} days at most, this one may have ${days}`)
  }
  const connection = await Connection.connect({ address }).catch((cause: unknown) => {
    throw new Error(`no Temporal answers at ${address}: see --temporal HOST:PORT`, { cause })
  })
  try {
    const client = new Client({ connection, namespace })
    const handle = await startedOrFound(client, plan, context)
    const known = await followed(client, handle, options)
    const revivedDays = known.map(({ at, replication, figures }) => {
      return { at, replication, figures: revived(figures) }
    })
    return tuneResult(plan, points, revivedDays)
  } finally {
    await connection.close()
  }
}

async function startedOrFound(
  client: Client,
  plan: TunePlan,
  { screen }: Pick<Context, 'screen'>,
): Promise<WorkflowHandle<Sweep>> {
  const sweepId = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16)
  const workflowId = workflowIds.sweep(sweepId)
  const { name } = plan.scenario
  try {
    const handle = await client.workflow.start<Sweep>('sweep', {
      workflowId,
      taskQueue: taskQueues.simulations,
      args: [{ plan, known: [] }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: `Sweep: ${name}`,
      staticDetails: `Tunes ${Object.keys(plan.space.parameters).join(', ')}.`,
    })
    screen.say(`Started ${workflowId}`)
    return handle
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    screen.say(`Found ${workflowId}, which was started before`)
    return client.workflow.getHandle<Sweep>(workflowId)
  }
}

const askEveryMs = 1000

/** A query needs a worker, and there may be none yet: then there is just nothing to tell. */
async function followed(
  client: Client,
  handle: WorkflowHandle<Sweep>,
  { onProgress, context: { signal } }: OnTemporal,
): Promise<KnownDay[]> {
  const end = new AbortController()
  const asking = AbortSignal.any([signal, end.signal])
  const ask = async () => {
    while (!asking.aborted) {
      const query = () => handle.query(sweepProgressQuery)
      const progress = await client.withAbortSignal(asking, query).catch(() => null)
      if (progress !== null && progress.expected > 0 && !asking.aborted) onProgress(progress)
      await wait(askEveryMs, undefined, { signal: asking }).catch(() => undefined)
    }
  }
  const asked = ask()
  try {
    return await client.withAbortSignal(signal, () => handle.result())
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    end.abort()
    await asked
  }
}
