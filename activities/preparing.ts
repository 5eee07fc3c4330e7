// Chooses the machine for the next attempt at a part, claims it when it is free, and looks for ready instructions.
import { DomainError } from '../domain/failure.ts'
import {
  chooseMachine,
  defaultMachineRules,
  type MachineChoice,
  type PartNeed,
  partNeedOf,
} from '../domain/machines.ts'
import type { Customization } from '../domain/model/item.ts'
import { advance } from '../storage/advance.ts'
import { recordDecision } from '../storage/decisions.ts'
import { type FleetMachine, fleetMachines } from '../storage/fleet.ts'
import { itemById } from '../storage/items.ts'
import { moveSlot } from '../storage/reservations.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'
import { instructionsKey } from './instructionsKey.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'slicer' | 'nowMs'>

export interface PreparedJob {
  machineId: string
  /** Whether the machine is this job's now; if not, another part is on it. */
  claimed: boolean
  instructionsReady: boolean
}

export function preparingActivities({ storage, slicer, nowMs }: Deps) {
  return {
    /** Key: the job and the attempt; `machineId` is an operator's choice, which still has to fit. */
    async prepareJob(order: Preparing): Promise<PreparedJob> {
      for (;;) {
        const prepared = await storage.transaction(async (tx) => await prepare(tx, order))
        // A machine that became free in this moment told those who waited already, and not this job.
        if (prepared.claimed || !(await isFree(storage, prepared.machineId, order.jobId))) {
          return prepared
        }
      }
    },
  }

  async function prepare(tx: Tx, order: Preparing): Promise<PreparedJob> {
    const { jobId, attempt } = order
    const job = await jobToPrepare(tx, jobId)
    const item = await itemById(tx, job.itemId)
    const machines = await fleetMachines(tx, { siteId: job.siteId })
    const part = partNeedOf(item, job.customization, 1, nowMs())
    const tried = order.machineId ? [] : job.triedMachineIds
    const choice = chooseElsewhereFirst({ ...part, triedMachineIds: tried }, machines)
    const machine = pick(choice, machines, order.machineId ?? null, job.bookedMachineId)
    const machineId = machine.machine.id
    await recordDecision(tx, {
      orderId: job.orderId,
      subjectId: jobId,
      decision: choice.decision,
    })

    const key = instructionsKey({
      item,
      customization: job.customization,
      caps: machine.machine.caps,
      slicer,
    })
    const [ready] = await tx.sql<{ sha256: string }>(
      `select sha256 from instructions_cache where key = $1`,
      [key],
    )
    // The first attempt on the booked machine has its time there.
    if (attempt > 1 || machineId !== job.bookedMachineId) {
      const { orderId, fulfilmentId } = job
      const notBefore = new Date(nowMs())
      await moveSlot(tx, { jobId, orderId, fulfilmentId, machineId, notBefore })
    }
    const claimed = await claim(tx, machineId, jobId)
    await tx.sql(
      `update job set machine_id = $2, attempt = $3, artifact_sha256 = $4, progress = 0, failure_code = null
       where id = $1`,
      [jobId, machineId, attempt, ready?.sha256 ?? null],
    )
    // Locked above: an attempt that ended goes the way through the table.
    if (job.state !== 'planned') await advance(tx, 'job', jobId, 'planned')
    await advance(tx, 'job', jobId, claimed ? 'preparing' : 'assigned')
    return { machineId, claimed, instructionsReady: ready !== undefined }
  }
}

interface Preparing {
  jobId: string
  attempt: number
  machineId?: string
}

interface JobToPrepare {
  orderId: string
  fulfilmentId: string
  state: string
  siteId: string
  bookedMachineId: string | null
  itemId: string
  customization: Customization
  triedMachineIds: string[]
}

/** A dispatcher that moves the fulfilment to another truck locks both: here stands where it is made now. */
async function jobToPrepare({ sql }: Tx, jobId: string): Promise<JobToPrepare> {
  const [job] = await sql<JobToPrepare>(
    `select j.order_id as "orderId", j.fulfilment_id as "fulfilmentId", j.state, u.site_id as "siteId", u.machine_id as "bookedMachineId",
       l.item_id as "itemId", l.customization, j.tried_machine_ids as "triedMachineIds"
     from job j join fulfilment u on u.id = j.fulfilment_id join order_line l on l.id = j.line_id
     where j.id = $1 for update of j for share of u`,
    [jobId],
  )
  if (!job) throw new Error(`no job ${jobId}`)
  return job
}

const factsOf = ({ machine, site, freeAtMs }: FleetMachine) => ({
  machine,
  siteKind: site.kind,
  freeAtMs,
  mounted: null,
  scrapShare: 0,
  metersToBuyer: null,
})

/** Elsewhere if that can be; where nothing else fits, a machine gets another chance. */
function chooseElsewhereFirst(part: PartNeed, machines: readonly FleetMachine[]): MachineChoice {
  const facts = machines.map(factsOf)
  const elsewhere = chooseMachine(part, facts, defaultMachineRules)
  if (elsewhere.chosen || part.triedMachineIds.length === 0) return elsewhere
  return chooseMachine({ ...part, triedMachineIds: [] }, facts, defaultMachineRules)
}

/** The booked machine as long as it fits, since its time is kept for this part; then the best of the others. */
function pick(
  { fit, decision }: MachineChoice,
  machines: readonly FleetMachine[],
  wanted: string | null,
  booked: string | null,
): FleetMachine {
  const fits = (id: string | null | undefined) => fit.some(({ machineId }) => machineId === id)
  const id = wanted ?? (fits(booked) ? booked : fit[0]?.machineId)
  const machine = machines.find((one) => one.machine.id === id)
  if (machine && fits(id)) return machine
  const reasons = decision.candidates.map((candidate) => [candidate.id, candidate.reason] as const)
  throw new DomainError(wanted ? 'machine_unfit' : 'no_machine_fits', {
    ...Object.fromEntries(reasons),
    ...(wanted ? { wanted } : {}),
  })
}

/** One part at a time on a machine: under a lock, so that of two jobs one waits. */
async function claim({ sql }: Tx, machineId: string, jobId: string): Promise<boolean> {
  await sql(`select pg_advisory_xact_lock(hashtextextended('machine/' || $1, 0))`, [machineId])
  return await isFree({ sql }, machineId, jobId)
}

async function isFree(
  { sql }: Pick<Tx, 'sql'>,
  machineId: string,
  jobId: string,
): Promise<boolean> {
  const others = await sql(
    `select 1 from job where machine_id = $1 and id <> $2 and state in ('preparing', 'printing', 'finished') limit 1`,
    [machineId, jobId],
  )
  return others.length === 0
}
