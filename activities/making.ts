// Has a part made: tells the machine to prepare and to start, and leaves the end to the bridge, which hears of it.
import { CompleteAsyncError } from '@temporalio/activity'
import type { Command, Reply } from '../devices/contract/command.ts'
import type { MachineState } from '../devices/contract/machine.ts'
import { DomainError } from '../domain/failure.ts'
import { licencePostings } from '../domain/postings.ts'
import type { MadeReport } from '../domain/model/report.ts'
import { advance } from '../storage/advance.ts'
import { appendEvent } from '../storage/events.ts'
import { ledger } from '../storage/ledger.ts'
import type { Tx } from '../storage/storage.ts'
import { moveDeliveryOn } from '../storage/telling.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'commands' | 'artifacts' | 'linkTo' | 'nowMs'>

/** Preparing downloads the toolpath; starting is at once. */
const deadlines = { prepareMs: 25_000, startMs: 8_000, cancelMs: 8_000 }
/** A machine of which nothing was heard for so long is given up; the part is made elsewhere. */
const lostAfterMs = 3 * 60_000
/** Failures that another machine may not have; a supplier's silence is not the machine's fault. */
const blamesMachine = new Set(['making_failed', 'machine_refused', 'machine_lost', 'machine_unfit'])
/** What a reply says about the moment, not about the machine: asked again by Temporal. */
const passing = new Set([
  'expired',
  'phase_unexpected',
  'boot_unexpected',
  'plate_occupied',
  'artifact_unreachable',
  'machine_unreachable',
])

export function makingActivities(deps: Deps) {
  const { storage, commands } = deps
  return {
    /** Key: the job and the attempt. The job's row is the truth: what has ended is answered, not started again. */
    async make({ jobId, attempt }: { jobId: string; attempt: number }): Promise<MadeReport> {
      const job = await jobToMake(storage, jobId)
      const ended = endOf(job, attempt)
      if (ended) return ended
      await storage.transaction((tx) => recordStart(tx, job))
      await start(deps, job)
      throw new CompleteAsyncError()
    },

    /** Stops the present attempt for good. Answers with the part when it was made all the same. */
    async stopMaking(order: {
      jobId: string
      cancel: boolean
    }): Promise<{ made: MadeReport | null }> {
      const { jobId, cancel } = order
      const job = await jobToMake(storage, jobId)
      if (job.state === 'harvested') return { made: reportOf(job) }
      if (job.machineId !== null && job.attempt > 0 && job.state !== 'cancelled') {
        const { siteId, machineId } = { ...job, machineId: job.machineId }
        const id = {
          type: 'job.cancel',
          commandId: commandId(job, 'cancel'),
          ...headOf(job),
        } as const
        // A machine that cannot be asked now finds on its return that its attempt is no longer the job's.
        await commands.send(siteId, machineId, id, { deadlineMs: deadlines.cancelMs })
      }
      await storage.transaction(async (tx) => {
        if (!cancel || !(await advance(tx, 'job', jobId, 'cancelled'))) return
        await appendEvent(tx, {
          orderId: job.orderId,
          type: 'job.cancelled',
          data: { job_id: jobId },
        })
      })
      return { made: null }
    },

    /** Key: the job and the attempt; the machine is not asked again for this part unless an operator says so. */
    async recordFailedAttempt(failed: {
      jobId: string
      attempt: number
      code: string
    }): Promise<void> {
      const { jobId, attempt, code } = failed
      await storage.transaction(async (tx) => {
        const [job] = await tx.sql<{ orderId: string; machineId: string | null }>(
          `update job set failure_code = $2,
             tried_machine_ids = case when not $4 or machine_id is null or machine_id = any(tried_machine_ids)
               then tried_machine_ids else tried_machine_ids || machine_id end
           where id = $1 and attempt = $3 and failure_code is distinct from $2
           returning order_id as "orderId", machine_id as "machineId"`,
          [jobId, code, attempt, blamesMachine.has(code)],
        )
        await advance(tx, 'job', jobId, 'planned')
        if (!job) return
        await appendEvent(tx, {
          orderId: job.orderId,
          type: 'job.attempt_failed',
          data: { job_id: jobId, attempt, code, machine_id: job.machineId },
        })
      })
    },
  }
}

interface JobToMake {
  jobId: string
  orderId: string
  fulfilmentId: string
  lineId: string
  state: string
  attempt: number
  machineId: string | null
  siteId: string
  lastSeenAt: Date | null
  material: string
  colour: string
  licenceId: string
  artifactSha256: string | null
  sizeBytes: bigint | null
  expectedSeconds: number
  expectedGrams: number
  failureCode: string | null
  printedSeconds: number | null
  grams: number | null
  finishedAt: Date | null
  harvestedAt: Date | null
}

async function jobToMake({ sql }: Pick<Tx, 'sql'>, jobId: string): Promise<JobToMake> {
  const [job] = await sql<JobToMake>(
    `select j.id as "jobId", j.order_id as "orderId", j.fulfilment_id as "fulfilmentId", j.line_id as "lineId",
       j.state, j.attempt, j.machine_id as "machineId", coalesce(m.site_id, u.site_id) as "siteId",
       m.last_seen_at as "lastSeenAt", l.customization->>'material' as material,
       l.customization->>'colour' as colour, i.licence_id as "licenceId",
       j.artifact_sha256 as "artifactSha256", c.size_bytes as "sizeBytes",
       i.making_minutes * 60 / coalesce(m.speed, 1) as "expectedSeconds", i.mass_grams as "expectedGrams",
       j.failure_code as "failureCode", j.printed_seconds as "printedSeconds", j.grams,
       j.finished_at as "finishedAt", j.harvested_at as "harvestedAt"
     from job j join fulfilment u on u.id = j.fulfilment_id join order_line l on l.id = j.line_id
       join item i on i.id = l.item_id left join machine m on m.id = j.machine_id
       left join lateral (select size_bytes from instructions_cache where sha256 = j.artifact_sha256 limit 1) c on true
     where j.id = $1`,
    [jobId],
  )
  if (!job) throw new Error(`no job ${jobId}`)
  return job
}

/** What the bridge wrote while nobody listened: the part, or why there is none. */
function endOf(job: JobToMake, attempt: number): MadeReport | null {
  if (job.state === 'harvested') return reportOf(job)
  if (job.attempt !== attempt) throw new DomainError('machine_lost', { attempt, now: job.attempt })
  if (job.state === 'failed') {
    throw new DomainError('making_failed', { reason: job.failureCode, machine: job.machineId })
  }
  return null
}

function reportOf(job: JobToMake): MadeReport {
  return {
    machineId: job.machineId ?? '',
    attempt: job.attempt,
    printedSeconds: job.printedSeconds ?? 0,
    grams: job.grams ?? 0,
    finishedAtMs: job.finishedAt?.getTime() ?? 0,
    harvestedAtMs: job.harvestedAt?.getTime() ?? 0,
  }
}

/** The use of the licence is spent once for each part, whatever the number of attempts. */
async function recordStart(tx: Tx, job: JobToMake): Promise<void> {
  const { jobId, orderId, licenceId, fulfilmentId } = job
  await ledger.post(tx, {
    key: `licence-spend/${jobId}`,
    description: 'A use of a licence spent on a part',
    orderId,
    postings: licencePostings.spend(licenceId, orderId, 1n),
  })
  await moveDeliveryOn(
    tx,
    fulfilmentId,
    { line: 'making', fulfilment: 'making' },
    ({ lineIds }) => {
      if (lineIds.length === 0) return null
      const data = { fulfilment_id: fulfilmentId, machine_id: job.machineId }
      return { type: 'fulfilment.making', data }
    },
  )
}

async function start(deps: Deps, job: JobToMake): Promise<void> {
  const { commands, artifacts, linkTo } = deps
  const { siteId, machineId, artifactSha256 } = job
  if (machineId === null || artifactSha256 === null)
    throw new Error(`job ${job.jobId} is not prepared`)
  const before = await commandedState(deps, job)
  if (before === 'printing') return
  if (before === 'new') {
    const stat = await artifacts.stat(artifactSha256)
    if (!stat) throw new DomainError('instructions_corrupt', { artifact: artifactSha256 })
    const prepare = {
      type: 'job.prepare',
      commandId: commandId(job, 'prepare'),
      ...headOf(job),
      url: linkTo(artifactSha256),
      sha256: artifactSha256,
      sizeBytes: stat.sizeBytes,
      material: job.material,
      colour: job.colour,
      expectedSeconds: job.expectedSeconds,
      expectedGrams: job.expectedGrams,
    } as const
    await accepted(
      deps,
      job,
      await commands.send(siteId, machineId, prepare, { deadlineMs: deadlines.prepareMs }),
    )
  }
  const begin = { type: 'job.start', commandId: commandId(job, 'start'), ...headOf(job) } as const
  await accepted(
    deps,
    job,
    await commands.send(siteId, machineId, begin, { deadlineMs: deadlines.startMs }),
  )
}

/** Only a second run of the activity has to ask what became of the first. */
async function commandedState(
  { storage, commands }: Deps,
  job: JobToMake,
): Promise<'new' | 'ready' | 'printing'> {
  const [sent] = await storage.sql<{ first: boolean }>(
    `insert into device_command (command_id, machine_id, job_id, attempt, type, payload)
     values ($1, $2, $3, $4, 'job.prepare', '{}') on conflict (command_id) do nothing returning true as first`,
    [commandId(job, 'prepare'), job.machineId, job.jobId, job.attempt],
  )
  if (sent?.first) return 'new'
  const state = await commands.readState(job.siteId, job.machineId ?? '')
  return state ? inMachine(state, job) : 'new'
}

/** An attempt that has ended there is not started again: its report is on the way, and the row will have it. */
function inMachine(state: MachineState, job: JobToMake): 'new' | 'ready' | 'printing' {
  if (state.jobId !== job.jobId || state.attempt !== job.attempt) return 'new'
  if (state.phase === 'READY') return 'ready'
  if (state.phase === 'PREPARING') return 'new'
  if (state.phase === 'IDLE' || state.phase === 'STOPPED') {
    throw new Error(`${job.machineId} has ended attempt ${job.attempt}; its report is awaited`)
  }
  return 'printing'
}

/** An unknown outcome and a passing refusal are tried again; a refusal for good is another machine's turn. */
async function accepted(
  { nowMs }: Deps,
  job: JobToMake,
  reply: Reply | { unknown: true; reason: string },
): Promise<void> {
  if ('unknown' in reply) {
    const silentMs = job.lastSeenAt === null ? Infinity : nowMs() - job.lastSeenAt.getTime()
    if (silentMs > lostAfterMs)
      throw new DomainError('machine_lost', { machine: job.machineId, reason: reply.reason })
    throw new Error(`the gateway of ${job.machineId} did not answer: ${reply.reason}`)
  }
  if (reply.accepted) return
  if (passing.has(reply.code ?? '')) throw new Error(`${job.machineId} says ${reply.code}`)
  throw new DomainError('machine_refused', {
    machine: job.machineId,
    reason: reply.code ?? 'unknown',
  })
}

type Head = Pick<Extract<Command, { type: 'job.start' }>, 'jobId' | 'attempt' | 'fence'>

/** Attempts of a job only rise, so they fence as well. */
function headOf({ jobId, attempt }: JobToMake): Head {
  return { jobId, attempt, fence: 0 }
}

const commandId = ({ jobId, attempt }: JobToMake, verb: string) => `${jobId}.${attempt}.${verb}`
