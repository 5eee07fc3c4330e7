// A virtual machine behind its gateway, over a real broker: commands, refusals, milestones and faults.
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { openCommands, type Commands, type MachineOrder } from '../../devices/commands.ts'
import type { Reply } from '../../devices/contract/command.ts'
import { topics } from '../../devices/contract/topics.ts'
import { faultBySeed } from '../../devices/gateway/drivers/faults.ts'
import { openGateway, type Gateway } from '../../devices/gateway/gateway.ts'
import type { MachineProfile } from '../../devices/gateway/profile.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { brokerForTest, testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { listen, patiently, prepareOrder, printer, serveFile, startOrder } from './plant.ts'
import type { Ear, FileServer } from './plant.ts'

const M = 'mch_1'

let broker: BrokerPart
let file: FileServer
let commands: Commands
let ear: Ear
let gateway: Gateway
let siteId: string

beforeAll(async () => {
  broker = await brokerForTest()
  file = await serveFile()
})

afterAll(async () => {
  await file.close()
  await broker.stop()
})

// The broker keeps what was said last at the site of the test before.
beforeEach(async () => {
  siteId = `sit_${randomUUID()}`
  ear = await listen(broker.url, { siteId })
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
})

afterEach(async () => {
  await gateway.close()
  await commands.close()
  await ear.link.close()
})

async function site(speed: number, more: Partial<MachineProfile> = {}): Promise<void> {
  const machines = [printer(M, more)]
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  gateway = openGateway({
    gatewayId: `gw-${randomUUID()}`,
    dir: testDir('gateway'),
    mqttUrl: broker.url,
    profile: { siteId, speed, machines },
    onReady: () => resolve(),
    onTrouble: (error) => {
      throw error
    },
  })
  await ready
  await until(() => phase() === 'IDLE', { what: 'the machine is idle' })
}

const states = () => ear.of('state').filter(({ topic }) => topic.includes(`/m/${M}/`))
const phase = () => states().at(-1)?.message.phase
const types = (jobId: string) =>
  ear
    .events()
    .filter((message) => message.jobId === jobId)
    .map(({ type }) => type)

async function ask(order: Parameters<Commands['send']>[2]): Promise<Reply> {
  const reply = await commands.send(siteId, M, order, patiently)
  if ('unknown' in reply) throw new Error(`no reply: ${reply.reason}`)
  return reply
}

const strike = async (fault: object) =>
  await ear.link.publish(topics.fault(siteId, M), { v: 1, ...fault })

describe('a machine', () => {
  test('prepares and starts by two commands, and says once what happened until it is harvested', async () => {
    await site(0)
    const prepared = await ask(prepareOrder(file, 'job_1'))
    expect(prepared).toMatchObject({ accepted: true, state: { phase: 'READY', jobId: 'job_1' } })
    const started = await ask(startOrder('job_1'))
    expect(started.accepted).toBe(true)
    await until(() => types('job_1').includes('harvested'))
    expect(types('job_1')).toEqual(['prepared', 'started', 'finished', 'harvested'])
    await until(() => phase() === 'IDLE')
    const state = await until(async () => await commands.readState(siteId, M))
    expect(state).toMatchObject({ phase: 'IDLE', plateClear: true, jobId: null })
  })

  test('answers a repeat with the stored reply and does nothing a second time', async () => {
    await site(0)
    const prepare = prepareOrder(file, 'job_1')
    await ask(prepare)
    const start = startOrder('job_1')
    const first = await ask(start)
    await until(() => types('job_1').includes('harvested'))
    expect(await ask(start)).toEqual(first)
    expect(await ask(prepare)).toMatchObject({ accepted: true, state: { phase: 'READY' } })
    expect(await ask(startOrder('job_1', { commandId: 'other' }))).toMatchObject({ accepted: true })
    expect(types('job_1').filter((type) => type === 'started')).toHaveLength(1)
  })

  test('refuses what is late, stale, unexpected or unknown, each with its code', async () => {
    await site(600)
    await ask(prepareOrder(file, 'job_1', { fence: 5 }))
    const code = async (order: Parameters<Commands['send']>[2]) => (await ask(order)).code
    expect(await code(startOrder('job_1', { fence: 4 }))).toBe('fence_stale')
    expect(await code(startOrder('job_2'))).toBe('job_unknown')
    expect(await code(startOrder('job_1', { fence: 5, expect: { phase: 'IDLE' } }))).toBe(
      'phase_unexpected',
    )
    expect(await code(startOrder('job_1', { fence: 5, expect: { bootId: 'x' } }))).toBe(
      'boot_unexpected',
    )
    expect(await code(prepareOrder(file, 'job_3'))).toBe('phase_unexpected')
    const surplus: MachineOrder = Object.assign(startOrder('job_1'), { surplus: 1 })
    expect(await code(surplus)).toBe('malformed')
  })

  test('refuses a command whose time has passed', async () => {
    await site(0)
    const replies: unknown[] = []
    const topic = topics.machine(siteId, M, 'cmd')
    const order = {
      v: 1,
      ...startOrder('job_1', { commandId: 'late' }),
      notAfterMs: Date.now() - 1,
    }
    await ear.link.publish(topic, order, {
      responseTopic: topics.replies('late'),
      correlation: 'late',
    })
    await until(() => {
      replies.push(...ear.of('resp').filter(({ message }) => message.commandId === 'late'))
      return replies.length > 0
    })
    expect(replies[0]).toMatchObject({ message: { accepted: false, code: 'expired' } })
  })

  test('refuses instructions that are not the file that was named, and a material it does not have', async () => {
    await site(0)
    expect(await ask(prepareOrder(file, 'job_1', { sha256: 'a'.repeat(64) }))).toMatchObject({
      accepted: false,
      code: 'artifact_corrupt',
      state: { phase: 'IDLE' },
    })
    expect(await ask(prepareOrder(file, 'job_1', { sizeBytes: 3 }))).toMatchObject({
      code: 'artifact_corrupt',
    })
    expect(await ask(prepareOrder(file, 'job_1', { colour: 'blue' }))).toMatchObject({
      code: 'material_missing',
    })
  })

  test('that nobody connects is told from one that does not answer in time', async () => {
    await site(0)
    const nobody = await commands.send(siteId, 'mch_none', startOrder('job_1'), patiently)
    expect(nobody).toEqual({ unknown: true, reason: 'no_subscriber' })
    const slow = await serveFile()
    await slow.close()
    const order = prepareOrder(slow, 'job_1')
    const late = await commands.send(siteId, M, order, { deadlineMs: 100 })
    expect(late).toEqual({ unknown: true, reason: 'timeout' })
  })

  test('after a lost reply the retained state says what came of the command', async () => {
    await site(60)
    await ear.link.publish(topics.machine(siteId, M, 'cmd'), {
      v: 1,
      ...prepareOrder(file, 'job_1'),
      notAfterMs: Date.now() + patiently.deadlineMs,
    })
    const ready = await until(async () => {
      const state = await commands.readState(siteId, M)
      return state?.phase === 'READY' ? state : null
    })
    expect(ready).toMatchObject({ jobId: 'job_1', attempt: 1 })
  })

  test('keeps its plate occupied until somebody clears it', async () => {
    await site(0, { attended: false })
    await ask(prepareOrder(file, 'job_1'))
    await ask(startOrder('job_1'))
    await until(() => phase() === 'FINISHED')
    const next = prepareOrder(file, 'job_2')
    expect(await ask(next)).toMatchObject({ code: 'plate_occupied' })
    await ask({ type: 'plate.cleared', commandId: randomUUID() })
    await until(() => types('job_1').includes('harvested'))
    // A refusal of the moment is not kept: the same command goes through now.
    expect(await ask(next)).toMatchObject({ accepted: true })
  })

  test('can be paused, resumed and cancelled, and a cancelled part stays on the plate', async () => {
    await site(1, { attended: false })
    await ask(prepareOrder(file, 'job_1'))
    await ask(startOrder('job_1'))
    const steer = (type: 'job.pause' | 'job.resume' | 'job.cancel') =>
      ask({ type, commandId: randomUUID(), jobId: 'job_1', attempt: 1, fence: 1 })
    expect(await steer('job.pause')).toMatchObject({ state: { phase: 'PAUSED' } })
    expect(await steer('job.resume')).toMatchObject({ state: { phase: 'PRINTING' } })
    expect(await steer('job.cancel')).toMatchObject({
      state: { phase: 'STOPPED', plateClear: false },
    })
    await until(() => types('job_1').includes('stopped'))
  })

  test('says its caps and its whole state anew when asked for a rebirth', async () => {
    await site(0)
    const before = Number(states().at(-1)?.message.seq)
    const caps = ear.of('caps').length
    await ask({ type: 'state.rebirth', commandId: randomUUID() })
    await until(() => Number(states().at(-1)?.message.seq) > before)
    await until(() => ear.of('caps').length > caps)
  })

  test('takes other materials and tells them', async () => {
    await site(0)
    const materials = [{ material: 'pla', colour: 'blue', grams: 500 }]
    await ask({ type: 'material.set', commandId: randomUUID(), materials })
    await until(() => {
      const caps = ear.of('caps').at(-1)?.message.caps
      return JSON.stringify(caps?.materials) === JSON.stringify(materials)
    })
    expect(await ask(prepareOrder(file, 'job_1', { colour: 'blue' }))).toMatchObject({
      accepted: true,
    })
  })
})

const begin = async (expectedSeconds = 60) => {
  await ask(prepareOrder(file, 'job_1', { expectedSeconds }))
  await ask(startOrder('job_1'))
}

describe('a fault', () => {
  test('refuse: the next job is not taken, the one after is', async () => {
    await site(0)
    await strike({ fault: 'refuse' })
    expect(await ask(prepareOrder(file, 'job_1'))).toMatchObject({
      accepted: false,
      code: 'refused',
    })
    expect(await ask(prepareOrder(file, 'job_2'))).toMatchObject({ accepted: true })
  })

  test('fail: the print fails at its point and what there is stays on the plate', async () => {
    await site(0, { attended: false })
    await strike({ fault: 'fail', atProgress: 0.4 })
    await begin()
    await until(() => types('job_1').includes('failed'))
    const [failed] = ear.events('failed')
    expect(failed).toMatchObject({ code: 'print_failed', progress: 0.4 })
    await until(() => phase() === 'ERROR')
    expect(states().at(-1)?.message).toMatchObject({ plateClear: false })
  })

  test('power cycle: the print is lost, the plate is occupied, and no finished event comes', async () => {
    await site(1, { attended: false })
    await begin(600)
    await strike({ fault: 'power_cycle' })
    await until(() => types('job_1').includes('failed'))
    expect(ear.events('failed')[0]).toMatchObject({ code: 'power_cycle' })
    await until(() => phase() === 'ERROR')
    expect(states().at(-1)?.message).toMatchObject({ plateClear: false })
    expect(types('job_1')).not.toContain('finished')
  })

  test('stall: the machine stays in touch but gets no further', async () => {
    await site(600)
    await strike({ fault: 'stall', atProgress: 0.3 })
    await begin()
    await until(() => ear.of('tele').at(-1)?.message.progress === 0.3)
    expect(phase()).toBe('PRINTING')
  })

  test('lie: it tells more progress than there is', async () => {
    await site(1)
    await strike({ fault: 'lie', atProgress: 0.9 })
    await begin()
    await until(() => Number(states().at(-1)?.message.progress) === 0.9)
  })

  test('vanish: it does not answer its gateway, and prints on meanwhile', async () => {
    await site(60)
    await begin(60)
    await strike({ fault: 'vanish', seconds: 600 })
    await until(() => phase() === 'OFFLINE')
    expect(await ask(startOrder('job_9'))).toMatchObject({ code: 'machine_unreachable' })
    await strike({ fault: 'vanish', seconds: 0 })
    await until(() => types('job_1').includes('harvested'))
  })

  test('by seed: the same jobs fail each time', async () => {
    await site(0, { seed: 7, faults: { refuse: 0.5 } })
    const jobs = Array.from({ length: 12 }, (_, n) => `job_${n}`)
    const expected = jobs.map((id) => faultBySeed(7, { refuse: 0.5 }, id, 1) === null)
    expect(new Set(expected).size).toBe(2)
    const accepted: boolean[] = []
    for (const job of jobs) {
      const prepared = await ask(prepareOrder(file, job))
      accepted.push(prepared.accepted)
      if (!prepared.accepted) continue
      await ask(startOrder(job))
      await until(() => types(job).includes('harvested'))
    }
    expect(accepted).toEqual(expected)
  })
})
