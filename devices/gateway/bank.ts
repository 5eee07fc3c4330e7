// A bank of lockers at its gateway: carries out commands, tells its state, and says what happened to what lies in it.
import type { IPublishPacket } from 'mqtt'
import { contractVersion } from '../contract/limits.ts'
import type { BankState, LockerCommand } from '../contract/lockers.ts'
import { read } from '../contract/read.ts'
import { topics } from '../contract/topics.ts'
import type { Link } from '../link.ts'
import { virtualLockers } from './drivers/virtualLockers.ts'
import type { Ledger } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import type { LockersProfile } from './profile.ts'
import { takeCommand } from './replies.ts'

export interface BankOptions {
  siteId: string
  profile: LockersProfile
  dir: string
  timeFactor: number
  ledger: Ledger
  outbox: Outbox
  link: Link
  onTrouble: (error: unknown) => void
}

export interface BankStation {
  take: (packet: IPublishPacket) => void
  birth: () => void
  close: () => void
}

export function openBank(options: BankOptions): BankStation {
  const { siteId, profile, ledger, outbox, link } = options
  const { bankId } = profile
  let seq = 0
  let said = ''

  const lockers = virtualLockers({
    dir: options.dir,
    profile,
    timeFactor: options.timeFactor,
    report: (key, event) => {
      const topic = topics.lockers(siteId, bankId, 'evt')
      outbox.append(topic, `${bankId}/${key}`, { ...event, atMs: Date.now() })
    },
    onChange: () => tell(),
  })

  function stateNow(): BankState {
    const compartments = lockers.compartments()
    const head = { v: contractVersion, bankId, bootId: ledger.bootId, atMs: Date.now() } as const
    return { ...head, seq: Math.max(seq, 1), compartments }
  }

  function tell(): void {
    const content = JSON.stringify(lockers.compartments())
    if (content === said) return
    said = content
    seq += 1
    void link.publish(topics.lockers(siteId, bankId, 'state'), stateNow(), { retain: true })
  }

  const carryOut = async (command: LockerCommand) => {
    const code = lockers.perform(command)
    tell()
    return await Promise.resolve({ code, state: stateNow() })
  }

  return {
    take: (packet) => {
      takeCommand(packet, { ledger, link, read: read.lockerCommand, carryOut }).catch(
        options.onTrouble,
      )
    },
    birth: () => {
      said = ''
      tell()
    },
    close: lockers.close,
  }
}
