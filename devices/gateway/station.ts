// A machine at its gateway: carries out commands one after the other, tells its state, and says
// once what happened to a job.
import type { IPublishPacket } from 'mqtt'
import type { Command } from '../contract/command.ts'
import { limits } from '../contract/limits.ts'
import { read } from '../contract/read.ts'
import { topics } from '../contract/topics.ts'
import type { Link } from '../link.ts'
import { perform, unexpected } from './perform.ts'
import type { OpenDriver, Reading } from './drivers/driver.ts'
import type { Ledger } from './ledger.ts'
import { milestonesOf } from './milestones.ts'
import type { Outbox } from './outbox.ts'
import type { MachineProfile } from './profile.ts'
import { takeCommand, type Answer } from './replies.ts'
import { openVoice } from './voice.ts'

export interface StationOptions {
  siteId: string
  profile: MachineProfile
  ledger: Ledger
  outbox: Outbox
  link: Link
  artifactsDir: string
  openDriver: OpenDriver
  onTrouble: (error: unknown) => void
}

export interface Station {
  take: (packet: IPublishPacket) => void
  /** Tells everything anew: after a connection, or on request. */
  birth: () => void
  fault: (payload: unknown) => void
  close: () => Promise<void>
}

const PRINTING_BEAT_MS = 2_000

export function openStation(options: StationOptions): Station {
  const { profile, ledger, link, outbox } = options
  const { machineId } = profile
  const driver = options.openDriver(() => enqueue(look))
  const voice = openVoice({ ...options, bootId: ledger.bootId })
  let queue: Promise<unknown> = Promise.resolve()
  let beat: NodeJS.Timeout | undefined
  let closed = false

  /** One thing at a time: a command never meets a machine that is half way through another. */
  function enqueue(work: () => Promise<unknown>): void {
    if (!closed) queue = queue.then(work).catch(options.onTrouble)
  }

  async function look(): Promise<Reading | null> {
    const reading = await driver.read()
    for (const { key, ...event } of reading?.job ? milestonesOf(reading.job) : []) {
      outbox.append(topics.machine(options.siteId, machineId, 'evt'), `${machineId}/${key}`, event)
    }
    voice.state(reading)
    clearTimeout(beat)
    const everyMs = reading?.phase === 'PRINTING' ? PRINTING_BEAT_MS : limits.aliveMs
    if (!closed) beat = setTimeout(() => enqueue(pulse), everyMs)
    return reading
  }

  async function pulse(): Promise<void> {
    const reading = await look()
    if (reading) voice.telemetry(reading)
  }

  async function birth(): Promise<void> {
    const reading = await driver.read()
    voice.forget()
    voice.caps(reading)
    await look()
  }

  async function carryOut(command: Command): Promise<Answer> {
    const before = await look()
    const refusal = unexpected(command, before, ledger.bootId)
    if (refusal) return { ...refusal, state: voice.current(before) }
    if (command.type === 'state.rebirth') {
      await birth()
      outbox.resend()
      return { code: null, state: voice.current(before) }
    }
    const outcome = await perform(command, {
      driver,
      before,
      ledger,
      artifactsDir: options.artifactsDir,
      preparing: voice.preparing,
    })
    const after = await look()
    if (command.type === 'material.set') voice.caps(after)
    return { ...outcome, state: voice.current(after) }
  }

  return {
    take: (packet) =>
      enqueue(async () => {
        await takeCommand(packet, { ledger, link, read: read.command, carryOut })
      }),
    birth: () => enqueue(birth),
    fault: (payload) => driver.fault?.(payload),
    close: async () => {
      closed = true
      clearTimeout(beat)
      await queue
      driver.close()
    },
  }
}
