// A sweep over Temporal: the same result as on one machine, also when a worker is killed in the middle of it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tuneOnTemporal } from '../../../simulations/commands/tuneOnTemporal.ts'
import { tune } from '../../../simulations/experiments/tune.ts'
import type { TunePlan } from '../../../simulations/experiments/tunePlan.ts'
import { workflowIds } from '../../../workflows/messages.ts'
import { temporalForTest, testDir } from '../../support/platform.ts'
import { readyLine } from '../../support/readyLine.ts'
import { until } from '../../support/until.ts'
import { inProcess } from './inProcess.ts'
import { checkQueue, queueSweep } from './sweeps.ts'

let address = ''
let namespace = ''
let connection: Connection
let client: Client
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  ;({ address, namespace } = await temporalForTest())
  connection = await Connection.connect({ address })
  client = new Client({ connection, namespace })
})
afterAll(async () => {
  await Promise.all([...workers].map((worker) => end(worker, 'SIGTERM')))
  await connection.close()
})

test('a killed worker loses nothing: the result is that of one machine', async () => {
  const plan = queueSweep({ points: 6, replications: 4 })
  const expected = await onOneMachine(plan)
  const dir = testDir('sweep')
  await mkdir(dir, { recursive: true })
  const stuckFile = join(dir, 'stuck')
  const first = await startWorker({ STUCK_FILE: stuckFile })
  const said: string[] = []
  const sweep = sweepOn(plan, { said })
  await until(() => existsSync(stuckFile), { what: 'a day that is begun and never done' })
  await end(first, 'SIGKILL')
  await startWorker()
  expect(await sweep).toEqual(expected)
  const { pieces, tries } = await piecesOf(workflowIdOf(said))
  expect(pieces).toBeGreaterThan(3)
  expect(tries).toBeGreaterThan(pieces)
  await rm(dir, { recursive: true })
})

test('the same sweep handed in again finds what was done, and another program waits', async () => {
  await aWorker()
  const plan = queueSweep(quick)
  const [one, other]: string[][] = [[], []]
  const found = await sweepOn(plan, { said: one! })
  expect(await sweepOn(plan, { said: other! })).toEqual(found)
  expect(found).toEqual(await onOneMachine(plan))
  expect(one![0]).toMatch(/^Started sweep\//)
  expect(other![0]).toMatch(/^Found sweep\//)

  const newer = { ...plan, program: 'another program' }
  const stop = new AbortController()
  const said: string[] = []
  const waiting = expect(sweepOn(newer, { said, signal: stop.signal })).rejects.toThrow('stopped')
  await until(() => said.length > 0)
  await until(async () => (await failureOf(workflowIdOf(said)))?.includes('runs program'), {
    what: 'the reason why it waits',
  })
  stop.abort(new Error('stopped'))
  await waiting
  await client.workflow.getHandle(workflowIdOf(said)).terminate()
})

test('a day that cannot be simulated ends the sweep with its reason', async () => {
  await aWorker()
  const scenario = checkQueue({ ...queueSweep(quick).scenario.document, fault: 'throw' }, 'faulty')
  const plan = { ...queueSweep(quick), scenario }
  await expect(sweepOn(plan, { said: [] })).rejects.toMatchObject({
    cause: { cause: { message: 'the desk is on fire', type: 'day_failed' } },
  })
})

const quick = {
  method: 'grid',
  replications: 2,
  parameters: { '/leftShare': { values: [0.1, 0.2] } },
}

const onOneMachine = (plan: TunePlan) =>
  tune(plan, { simulator: inProcess(), check: checkQueue, cacheDir: null })

interface Watch {
  said: string[]
  signal?: AbortSignal
}

function sweepOn(plan: TunePlan, { said, signal }: Watch) {
  const screen = {
    say: (text: string) => void said.push(text),
    columns: 80,
    progress: () => ({ at: () => undefined, end: () => undefined }),
    status: () => ({ at: () => undefined, end: () => undefined }),
  }
  return tuneOnTemporal(plan, {
    address,
    namespace,
    context: {
      screen,
      checkScenario: checkQueue,
      signal: signal ?? new AbortController().signal,
    },
    onProgress: () => undefined,
  })
}

const workflowIdOf = ([line = '']: string[]) =>
  workflowIds.sweep(/sweep\/(\w+)/.exec(line)?.[1] ?? '')

async function failureOf(workflowId: string): Promise<string | undefined> {
  const { raw } = await client.workflow.getHandle(workflowId).describe()
  return raw.pendingActivities?.[0]?.lastFailure?.message ?? undefined
}

async function piecesOf(workflowId: string): Promise<{ pieces: number; tries: number }> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory()
  const attempts = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started ? [started.attempt ?? 1] : [],
  )
  return { pieces: attempts.length, tries: attempts.reduce((sum, attempt) => sum + attempt, 0) }
}

async function aWorker(): Promise<void> {
  if (workers.size === 0) await startWorker()
}

async function startWorker(variables: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const worker = spawn(
    process.execPath,
    ['--no-warnings', new URL('queueWorker.ts', import.meta.url).pathname],
    {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  workers.add(worker)
  await readyLine(worker)
  return worker
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  workers.delete(worker)
  const ended = once(worker, 'exit')
  worker.kill(signal)
  await ended
}
