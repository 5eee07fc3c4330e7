// A bank of lockers that is not there: a robot puts parts in, doors open on the right code, and
// what is not collected expires.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ReplyCode } from '../../contract/command.ts'
import type { CompartmentState, LockerCommand, LockerEvent } from '../../contract/lockers.ts'
import type { LockersProfile } from '../profile.ts'
import { openMemory } from './memory.ts'

type Bare<E> = E extends unknown ? Omit<E, 'v' | 'bootId' | 'evtSeq' | 'atMs'> : never
export type LockerReport = Bare<LockerEvent>

export interface VirtualLockersOptions {
  dir: string
  profile: LockersProfile
  timeFactor: number
  /** The same key is the same report. */
  report: (key: string, event: LockerReport) => void
  onChange: () => void
}

export interface VirtualLockers {
  perform: (command: LockerCommand) => ReplyCode | null
  compartments: () => CompartmentState[]
  close: () => void
}

interface Assignment {
  fulfilmentId: string
  salt: string
  codeHash: string
  expiresAtMs: number
  assignedAtMs: number
  storedAtMs: number | null
  openedAtMs: number | null
  expired: boolean
  /** Makes the keys of what is reported of it. */
  number: number
}

interface Bank {
  assignments: Record<string, Assignment>
  count: number
  wrongCodes: number
  lockedUntilMs: number
}

const TRANSFER_SECONDS = 20
const EMPTYING_SECONDS = 10
const WRONG_CODES = 5
const LOCK_OUT_MS = 60_000

export function virtualLockers(options: VirtualLockersOptions): VirtualLockers {
  const { dir, profile } = options
  const first: Bank = { assignments: {}, count: 0, wrongCodes: 0, lockedUntilMs: 0 }
  const memory = openMemory<Bank>(dir, `lockers-${profile.bankId}`, first)
  let timer: NodeJS.Timeout | undefined

  /** Lets happen what is due, and wakes up for what comes next. */
  function settle(): Bank {
    const bank = memory.get()
    const nowMs = Date.now()
    const dueMs = Object.keys(bank.assignments)
      .map((id) => advance(bank, id, nowMs, options))
      .filter((atMs) => atMs !== null)
    memory.set(bank)
    clearTimeout(timer)
    if (dueMs.length > 0) {
      const waitMs = Math.min(...dueMs) - nowMs + 1
      timer = setTimeout(wake, Math.min(Math.max(waitMs, 1), 2 ** 31 - 1))
    }
    return bank
  }

  function wake(): void {
    settle()
    options.onChange()
  }

  timer = setTimeout(wake, 0)
  return {
    perform: (command) => {
      const bank = settle()
      const code = perform(bank, command, options)
      memory.set(bank)
      settle()
      return code
    },
    compartments: () => {
      const { assignments } = settle()
      return profile.compartments.map((id) => stateOf(id, assignments[id]))
    },
    close: () => {
      clearTimeout(timer)
      memory.close()
    },
  }
}

/** Moves one compartment to now; the instant at which it changes next, or null. Reports before it remembers. */
function advance(
  bank: Bank,
  id: string,
  nowMs: number,
  { profile, timeFactor, report }: VirtualLockersOptions,
): number | null {
  const scaledMs = (seconds: number) => (timeFactor === 0 ? 0 : (seconds * 1_000) / timeFactor)
  const held = bank.assignments[id]
  if (!held) return null
  const say = (type: 'stored' | 'opened' | 'emptied' | 'expired') =>
    report(`${held.number}/${type}`, { type, compartmentId: id, fulfilmentId: held.fulfilmentId })

  if (held.storedAtMs === null) {
    const storedMs = held.assignedAtMs + scaledMs(TRANSFER_SECONDS)
    if (nowMs < storedMs) return storedMs
    say('stored')
    held.storedAtMs = storedMs
  }
  if (held.openedAtMs === null && profile.autoCollectSeconds !== undefined && !held.expired) {
    const collectMs = held.storedAtMs + scaledMs(profile.autoCollectSeconds)
    if (nowMs < collectMs) return Math.min(collectMs, held.expiresAtMs)
    say('opened')
    held.openedAtMs = collectMs
  }
  if (held.openedAtMs !== null) {
    const emptyMs = held.openedAtMs + scaledMs(EMPTYING_SECONDS)
    if (nowMs < emptyMs) return emptyMs
    say('opened')
    say('emptied')
    delete bank.assignments[id]
    return null
  }
  if (held.expired) return null
  if (nowMs < held.expiresAtMs) return held.expiresAtMs
  say('expired')
  held.expired = true
  return null
}

function perform(
  bank: Bank,
  command: LockerCommand,
  options: VirtualLockersOptions,
): ReplyCode | null {
  switch (command.type) {
    case 'locker.assign':
      return assign(bank, command, options.profile)
    case 'locker.release': {
      const held = bank.assignments[command.compartmentId]
      if (held && held.fulfilmentId !== command.fulfilmentId) return 'compartment_taken'
      delete bank.assignments[command.compartmentId]
      return null
    }
    case 'locker.enter':
      return enter(bank, command, options)
    default:
      return 'malformed'
  }
}

type Assign = Extract<LockerCommand, { type: 'locker.assign' }>

/** Said again for the same fulfilment, it renews the code and the time to collect. */
function assign(bank: Bank, command: Assign, profile: LockersProfile): ReplyCode | null {
  const { compartmentId, fulfilmentId, salt, codeHash, expiresAtMs } = command
  if (!profile.compartments.includes(compartmentId)) return 'compartment_unknown'
  const held = bank.assignments[compartmentId]
  if (held && held.fulfilmentId !== fulfilmentId) return 'compartment_taken'
  if (held) {
    Object.assign(held, { salt, codeHash, expiresAtMs, expired: false })
    return null
  }
  bank.count += 1
  bank.assignments[compartmentId] = {
    fulfilmentId,
    salt,
    codeHash,
    expiresAtMs,
    assignedAtMs: Date.now(),
    storedAtMs: null,
    openedAtMs: null,
    expired: false,
    number: bank.count,
  }
  return null
}

type Enter = Extract<LockerCommand, { type: 'locker.enter' }>

function enter(
  bank: Bank,
  { compartmentId, code }: Enter,
  { report }: VirtualLockersOptions,
): ReplyCode | null {
  const nowMs = Date.now()
  if (nowMs < bank.lockedUntilMs) return 'locked_out'
  const found = Object.entries(bank.assignments).find(
    ([id, held]) => (compartmentId ?? id) === id && held.storedAtMs !== null && opensOn(held, code),
  )
  if (found) {
    const [id, held] = found
    if (held.expired) return 'assignment_expired'
    const { fulfilmentId } = held
    report(`${held.number}/opened`, { type: 'opened', compartmentId: id, fulfilmentId })
    held.openedAtMs ??= nowMs
    bank.wrongCodes = 0
    return null
  }
  bank.wrongCodes += 1
  const lockedOut = bank.wrongCodes >= WRONG_CODES
  if (lockedOut) Object.assign(bank, { wrongCodes: 0, lockedUntilMs: nowMs + LOCK_OUT_MS })
  const named = compartmentId === undefined ? undefined : bank.assignments[compartmentId]
  bank.count += 1
  report(`${bank.count}/refused`, {
    type: 'refused',
    compartmentId: named ? (compartmentId ?? null) : null,
    fulfilmentId: named?.fulfilmentId ?? null,
    code: lockedOut ? 'locked_out' : 'code_wrong',
  })
  return lockedOut ? 'locked_out' : 'code_wrong'
}

function opensOn({ salt, codeHash }: Assignment, code: string): boolean {
  const hash = createHash('sha256')
    .update(salt + code)
    .digest()
  return timingSafeEqual(hash, Buffer.from(codeHash, 'hex'))
}

function stateOf(compartmentId: string, held: Assignment | undefined): CompartmentState {
  if (!held) return { compartmentId, use: 'free', fulfilmentId: null }
  const kept = held.storedAtMs === null ? 'assigned' : 'stored'
  return { compartmentId, use: held.expired ? 'expired' : kept, fulfilmentId: held.fulfilmentId }
}
