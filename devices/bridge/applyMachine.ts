// Writes what machines report of jobs into the jobs and the stories of their orders; a late word
// of an old attempt changes nothing.
import { mayMove, type JobState } from '../../domain/lifecycle.ts'
import { appendEvents, type NewEvent } from '../../storage/events.ts'
import { moveAll } from '../../storage/states.ts'
import type { Tx } from '../../storage/storage.ts'
import type { MachineEvent } from '../contract/machine.ts'
import { keyOf, type InboxEvent } from './inboxEvent.ts'

type FromMachine = Extract<InboxEvent, { kind: 'machine' }>

interface Job {
  id: string
  orderId: string
  state: JobState
  attempt: number
  machineId: string | null
  progress: number
}

interface Applied {
  /** Keys of events that say something of an attempt that is no longer the job's. */
  stale: string[]
  /** Machines that have been cleared. */
  freedMachineIds: string[]
}

/** In a few statements for the whole batch, however many jobs it is about. */
export async function applyMachineEvents(
  tx: Pick<Tx, 'sql'>,
  batch: readonly FromMachine[],
): Promise<Applied> {
  if (batch.length === 0) return { stale: [], freedMachineIds: [] }
  const jobs = await lockedJobs(tx, batch)
  const before = new Map([...jobs.values()].map((job) => [job.id, job.state]))
  const changes = new Map<string, Change>()
  const stories: NewEvent[] = []
  const stale: string[] = []

  for (const inbox of batch) {
    const job = jobs.get(inbox.event.jobId)
    const told = job ? tell(job, inbox, changes) : null
    if (!told?.current) stale.push(keyOf(inbox))
    const orderId = job?.orderId ?? ''
    for (const one of told?.stories ?? []) stories.push({ orderId, ...one })
  }
  await moveJobs(tx, jobs, before)
  await writeChanges(tx, changes)
  await appendEvents(tx, stories)
  const freedMachineIds = batch
    .filter(({ event }) => event.type === 'harvested')
    .map(({ id }) => id)
  return { stale, freedMachineIds }
}

async function lockedJobs({ sql }: Pick<Tx, 'sql'>, batch: readonly FromMachine[]) {
  const ids = [...new Set(batch.map(({ event }) => event.jobId))]
  const rows = await sql<Job>(
    `select id, order_id as "orderId", state, attempt, machine_id as "machineId", progress
     from job where id = any($1) order by id for update`,
    [ids],
  )
  return new Map(rows.map((job) => [job.id, job]))
}

interface Change {
  id: string
  progress: number
  printed_seconds?: number
  grams?: number
  started_at?: string
  finished_at?: string
  harvested_at?: string
  failure_code?: string
}

interface Told {
  /** Whether the event is about the attempt that is under way. */
  current: boolean
  stories: Story[]
}

type Story = Omit<NewEvent, 'orderId'>

const underWay = new Set<JobState>(['assigned', 'preparing', 'printing', 'finished'])
const targets: Record<MachineEvent['type'], JobState> = {
  prepared: 'preparing',
  started: 'printing',
  progress: 'printing',
  finished: 'finished',
  harvested: 'harvested',
  failed: 'failed',
  stopped: 'failed',
  refused: 'failed',
}
const names: Record<MachineEvent['type'], string> = {
  prepared: 'job.prepared',
  started: 'job.started',
  progress: 'job.progress',
  finished: 'job.finished',
  harvested: 'job.harvested',
  failed: 'job.failed',
  stopped: 'job.failed',
  refused: 'job.failed',
}

/** Takes one event into the job, and says what there is to tell of it. */
function tell(job: Job, { id: machineId, event }: FromMachine, changes: Map<string, Change>): Told {
  const { type, attempt } = event
  const head = { job_id: job.id, attempt, machine_id: machineId }
  const current = job.attempt === attempt && job.machineId === machineId
  if (!current || !underWay.has(job.state)) {
    // The part lies there although nobody waits for it any more.
    const isOrphaned = type === 'harvested'
    return { current: false, stories: isOrphaned ? [{ type: 'job.orphaned', data: head }] : [] }
  }
  const change = changes.get(job.id) ?? { id: job.id, progress: job.progress }
  const target = targets[type]
  // An earlier word that comes later says nothing new: a later one has told what it says.
  if (!mayReach(job.state, target)) return { current, stories: [] }
  if (type === 'progress' && tenths(event.progress) <= tenths(change.progress)) {
    return { current, stories: [] }
  }
  const told = [...overtakenBy(event, job.state), { type, facts: factsOf(event) }]
  job.state = target
  changes.set(job.id, { ...change, ...changeBy(event) })
  const stories = told.map((one) => ({ type: names[one.type], data: { ...head, ...one.facts } }))
  return { current, stories }
}

interface Milestone {
  type: MachineEvent['type']
  facts: Record<string, unknown>
}

/** What the machine said before, though it has not come yet: where nobody listened it says it again, later. */
function overtakenBy(event: MachineEvent, state: JobState): Milestone[] {
  if (event.type !== 'finished' && event.type !== 'harvested') return []
  const started: Milestone = { type: 'started', facts: {} }
  const finished: Milestone = { type: 'finished', facts: factsOfEnd(event) }
  const before = event.type === 'finished' ? [started] : [started, finished]
  return before.filter(({ type }) => targets[type] !== state && mayReach(state, targets[type]))
}

/** A batch may hold a whole life: what is booked goes through preparing, which the table asks for. */
function mayReach(from: JobState, to: JobState): boolean {
  return mayMove('job', from, to) || (from === 'assigned' && mayMove('job', 'preparing', to))
}

function changeBy(event: MachineEvent): Partial<Change> {
  const at = iso(event.atMs)
  switch (event.type) {
    case 'started':
      return { started_at: at }
    case 'progress':
      return { progress: event.progress }
    case 'finished':
    case 'harvested': {
      const { printedSeconds, grams, finishedAtMs } = event
      const made = { progress: 1, printed_seconds: printedSeconds, grams }
      const ended = { ...made, finished_at: iso(finishedAtMs) }
      return event.type === 'finished' ? ended : { ...ended, harvested_at: at }
    }
    case 'failed':
    case 'stopped':
    case 'refused':
      return { failure_code: event.code }
    default:
      return {}
  }
}

function factsOf(event: MachineEvent): Record<string, unknown> {
  switch (event.type) {
    case 'progress':
      return { progress: tenths(event.progress) / 10 }
    case 'finished':
      return factsOfEnd(event)
    case 'failed':
    case 'stopped':
    case 'refused':
      return { code: event.code }
    default:
      return {}
  }
}

function factsOfEnd(end: { printedSeconds: number; grams: number }): Record<string, unknown> {
  return { printed_seconds: Math.round(end.printedSeconds), grams: end.grams }
}

const tenths = (progress: number) => Math.floor(progress * 10 + 1e-6)
const iso = (atMs: number) => new Date(atMs).toISOString()

async function moveJobs(
  tx: Pick<Tx, 'sql'>,
  jobs: Map<string, Job>,
  before: Map<string, JobState>,
): Promise<void> {
  const moved = [...jobs.values()].filter(({ id, state }) => before.get(id) !== state)
  const throughPreparing = moved.filter(
    ({ id, state }) => !mayMove('job', before.get(id) ?? state, state),
  )
  if (throughPreparing.length > 0) {
    await moveAll(
      tx,
      'job',
      throughPreparing.map(({ id }) => id),
      'preparing',
    )
  }
  for (const state of new Set(moved.map((job) => job.state))) {
    const ids = moved.filter((job) => job.state === state).map(({ id }) => id)
    await moveAll(tx, 'job', ids, state)
  }
}

async function writeChanges({ sql }: Pick<Tx, 'sql'>, changes: Map<string, Change>): Promise<void> {
  if (changes.size === 0) return
  await sql(
    `update job j set progress = c.progress,
       printed_seconds = coalesce(c.printed_seconds, j.printed_seconds),
       grams = coalesce(c.grams, j.grams),
       started_at = coalesce(c.started_at, j.started_at),
       finished_at = coalesce(c.finished_at, j.finished_at),
       harvested_at = coalesce(c.harvested_at, j.harvested_at),
       failure_code = coalesce(c.failure_code, j.failure_code)
     from jsonb_to_recordset($1::jsonb) as c(id text, progress real, printed_seconds float8, grams float8,
       started_at timestamptz, finished_at timestamptz, harvested_at timestamptz, failure_code text)
     where j.id = c.id`,
    [JSON.stringify([...changes.values()])],
  )
}
