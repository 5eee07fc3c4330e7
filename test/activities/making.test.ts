// Having a part made: told to prepare and to start once, never twice; what has ended is answered and not begun again.
import { CompleteAsyncError } from '@temporalio/activity'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { rm } from 'node:fs/promises'
import { licensingActivities } from '../../activities/licensing.ts'
import { makingActivities } from '../../activities/making.ts'
import type { MachinePhase } from '../../domain/model/site.ts'
import { accounts } from '../../domain/postings.ts'
import { openArtifactFiles } from '../../services/artifacts/files.ts'
import { advance, advanceLines } from '../../storage/advance.ts'
import { ledger } from '../../storage/ledger.ts'
import { dataKey, storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import { testDir } from '../support/platform.ts'
import { accepted, commandsForTest, refused, silent, type TestCommands } from './commands.ts'
import * as world from './world.ts'
import type { Item, Placed, Site } from './world.ts'

const dir = testDir('artifacts')
const artifacts = openArtifactFiles({ dir, dataKey: Buffer.from(dataKey, 'hex') })
let db: TestStorage
let commands: TestCommands
let making: ReturnType<typeof makingActivities>
let sha256: string
let item: Item
beforeAll(async () => {
  db = await storageForTest()
  sha256 = (await artifacts.put(Buffer.from('G28'))).sha256
  item = await world.addItem(db.storage)
})
beforeEach(() => {
  commands = commandsForTest()
  making = makingActivities({
    storage: db.storage,
    commands,
    artifacts,
    linkTo: (hash) => `https://here.example/${hash}`,
    nowMs: () => world.nowMs,
  })
})
afterAll(async () => {
  await db.close()
  await rm(dir, { recursive: true })
})

interface Prepared {
  placed: Placed
  jobId: string
  machineId: string
  site: Site
}

/** A job as prepareJob leaves it, with a use of the licence reserved. */
async function prepared(): Promise<Prepared> {
  const site = await world.addLockers(db.storage, { region: world.newRegion() })
  const placed = await world.placeOrder(db.storage, item, site)
  await licensingActivities({ storage: db.storage }).reserveUses(placed)
  for (const state of ['confirmed', 'planning'] as const) {
    await advanceLines(db.storage, placed, state)
  }
  const [jobId = ''] = placed.jobIds
  const [machineId = ''] = site.machineIds
  await db.storage.sql(
    `update job set state = 'preparing', attempt = 1, machine_id = $2, artifact_sha256 = $3 where id = $1`,
    [jobId, machineId, sha256],
  )
  return { placed, jobId, machineId, site }
}

const jobOf = async (jobId: string) =>
  await world.row(
    db.storage,
    'select state, failure_code, tried_machine_ids from job where id = $1',
    jobId,
  )

const spent = async ({ orderId }: Placed) => {
  const left = accounts.usesReserved(orderId)
  return 1n - (await ledger.balance(db.storage, 'licence', left, item.licenceId))
}

/** What the machine tells of itself when it is asked again. */
function machineIn(phase: MachinePhase, { jobId, machineId }: Prepared, attempt = 1): void {
  commands.state = {
    v: 1,
    machineId,
    bootId: 'boot',
    seq: 1,
    atMs: world.nowMs,
    phase,
    jobId,
    attempt,
    progress: null,
    plateClear: true,
    alerts: [],
  }
}

const making1 = async ({ jobId }: Prepared) => await making.make({ jobId, attempt: 1 })
const begun = async (job: Prepared) => {
  await expect(making1(job)).rejects.toBeInstanceOf(CompleteAsyncError)
}

describe('make', () => {
  test('tells the machine to prepare and to start, and leaves the end to the bridge', async () => {
    const job = await prepared()
    await begun(job)
    const { jobId, placed } = job
    expect(commands.sent.map(({ to, order }) => [to, order])).toEqual([
      [job.machineId, expect.objectContaining({ type: 'job.prepare', jobId, attempt: 1, sha256 })],
      [job.machineId, expect.objectContaining({ type: 'job.start', jobId, attempt: 1 })],
    ])
    expect(await spent(placed)).toBe(1n)
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types).toEqual(['fulfilment.making'])
  })

  test.each(['PRINTING', 'PAUSED', 'FINISHED', 'HARVESTED', 'ATTENTION'] as const)(
    'run again while the machine is %s it tells the machine nothing, and spends no second use',
    async (phase) => {
      const job = await prepared()
      await begun(job)
      machineIn(phase, job)
      await begun(job)
      expect(commands.types()).toEqual(['job.prepare', 'job.start'])
      expect(await spent(job.placed)).toBe(1n)
    },
  )

  test('run again when the machine has prepared it only starts', async () => {
    const job = await prepared()
    commands.answer = silent
    await expect(making1(job)).rejects.toThrow('did not answer')
    commands.answer = accepted
    machineIn('READY', job)
    await begun(job)
    expect(commands.types()).toEqual(['job.prepare', 'job.start'])
  })

  test('run again when the machine knows nothing of it it begins again, under the same command', async () => {
    const job = await prepared()
    commands.answer = silent
    await expect(making1(job)).rejects.toThrow('did not answer')
    commands.answer = accepted
    machineIn('IDLE', job, 7)
    await begun(job)
    const prepares = commands.sent.flatMap(({ order }) =>
      'sha256' in order ? order.commandId : [],
    )
    expect(prepares).toEqual([`${job.jobId}.1.prepare`, `${job.jobId}.1.prepare`])
  })

  test('answers at once with a part that is harvested', async () => {
    const job = await prepared()
    await db.storage.sql(
      `update job set state = 'harvested', printed_seconds = 60, grams = 5, finished_at = to_timestamp(1),
         harvested_at = to_timestamp(2) where id = $1`,
      [job.jobId],
    )
    const part = { machineId: job.machineId, attempt: 1, printedSeconds: 60, grams: 5 }
    expect(await making1(job)).toEqual({ ...part, finishedAtMs: 1000, harvestedAtMs: 2000 })
    expect(commands.sent).toEqual([])
  })

  test('answers at once with the failure that the bridge has written', async () => {
    const job = await prepared()
    await db.storage.sql(
      `update job set state = 'failed', failure_code = 'spaghetti' where id = $1`,
      [job.jobId],
    )
    const facts = { reason: 'spaghetti', machine: job.machineId }
    await expectFailure(making1(job), 'making_failed', facts)
  })

  test('an attempt that another has overtaken is lost', async () => {
    const job = await prepared()
    await db.storage.sql('update job set attempt = 2 where id = $1', [job.jobId])
    await expectFailure(making1(job), 'machine_lost', { attempt: 1, now: 2 })
    expect(commands.sent).toEqual([])
  })

  test('a refusal for good is the turn of another machine, a passing one is tried again', async () => {
    const job = await prepared()
    commands.answer = refused('material_missing')
    const facts = { machine: job.machineId, reason: 'material_missing' }
    await expectFailure(making1(job), 'machine_refused', facts)
    commands.answer = refused('plate_occupied')
    await expect(making1(job)).rejects.toThrow('says plate_occupied')
  })

  test('a machine that was heard of lately is asked again, one that was not is given up', async () => {
    const job = await prepared()
    commands.answer = silent
    await expect(making1(job)).rejects.toThrow('did not answer')
    const silence = `update machine set last_seen_at = to_timestamp($2) where id = $1`
    await db.storage.sql(silence, [job.machineId, world.nowMs / 1000 - 181])
    const facts = { machine: job.machineId, reason: 'no_subscriber' }
    await expectFailure(making1(job), 'machine_lost', facts)
  })

  test('a toolpath that is not kept here is said to be corrupt', async () => {
    const job = await prepared()
    const gone = 'd'.repeat(64)
    await db.storage.sql('update job set artifact_sha256 = $2 where id = $1', [job.jobId, gone])
    await expectFailure(making1(job), 'instructions_corrupt', { artifact: gone })
  })
})

describe('stopMaking', () => {
  test('cancels the attempt on the machine and the job, twice as once', async () => {
    const job = await prepared()
    await begun(job)
    const { jobId } = job
    expect(await making.stopMaking({ jobId, cancel: true })).toEqual({ made: null })
    expect(await making.stopMaking({ jobId, cancel: true })).toEqual({ made: null })
    expect(commands.types()).toEqual(['job.prepare', 'job.start', 'job.cancel'])
    expect(await jobOf(jobId)).toMatchObject({ state: 'cancelled' })
    const types = await world.eventTypes(db.storage, job.placed.orderId)
    expect(types.filter((type) => type === 'job.cancelled')).toHaveLength(1)
  })

  test('answers with the part when it was made all the same', async () => {
    const job = await prepared()
    const { jobId, machineId } = job
    await advance(db.storage, 'job', jobId, 'harvested')
    const { made } = await making.stopMaking({ jobId, cancel: false })
    expect(made).toMatchObject({ machineId, attempt: 1 })
    expect(commands.sent).toEqual([])
  })

  test('a machine that cannot be asked does not keep the job from being stopped', async () => {
    const job = await prepared()
    commands.answer = silent
    await making.stopMaking({ jobId: job.jobId, cancel: true })
    expect(await jobOf(job.jobId)).toMatchObject({ state: 'cancelled' })
  })

  test('a job that was never on a machine is stopped without asking one', async () => {
    const site = await world.addLockers(db.storage, { region: world.newRegion() })
    const placed = await world.placeOrder(db.storage, item, site)
    const [jobId = ''] = placed.jobIds
    await making.stopMaking({ jobId, cancel: true })
    expect(commands.sent).toEqual([])
    expect(await jobOf(jobId)).toMatchObject({ state: 'cancelled' })
  })
})

test('a failed attempt is noted once, and the machine is not asked again', async () => {
  const job = await prepared()
  const { jobId, machineId } = job
  await advance(db.storage, 'job', jobId, 'failed')
  const noted = { jobId, attempt: 1, code: 'making_failed' }
  await making.recordFailedAttempt(noted)
  await making.recordFailedAttempt(noted)
  expect(await jobOf(jobId)).toEqual({
    state: 'planned',
    failure_code: 'making_failed',
    tried_machine_ids: [machineId],
  })
  expect(await world.eventTypes(db.storage, job.placed.orderId)).toEqual(['job.attempt_failed'])
})
