// Decides as whom a server runs when we are root: never as root, and without making accounts on the machine.
import { chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Launch {
  command: string
  args: string[]
  uid?: number
  gid?: number
  /** Who must own the files that it is given; null when that is ourselves. */
  owner: Account | null
}

interface Account {
  uid: number
  gid: number
}

/** How to run the command so that it owns `dataDir` and is not root; makes that directory. */
export function unprivileged(dataDir: string, command: string, args: string[]): Launch {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (process.getuid?.() !== 0) return { command, args, owner: null }
  const owner = ownerOf(dataDir)
  const { uid, gid } = owner
  chownSync(dataDir, uid, gid)
  if (canBeReached(dataDir) && canBeReached(command)) return { command, args, uid, gid, owner }
  // A checkout below /root is closed to everyone else; this one capability opens the way and nothing more is kept.
  const who = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const may = ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override']
  return { command: 'setpriv', args: [...who, ...may, command, ...args], owner }
}

function ownerOf(dataDir: string): Account {
  const { uid, gid } = statSync(dataDir)
  if (uid !== 0) return { uid, gid }
  const account = accountNamed('postgres') ?? accountNamed('nobody')
  if (!account) throw new Error('running as root needs an account named postgres or nobody')
  return account
}

function accountNamed(name: string): Account | null {
  if (!existsSync('/etc/passwd')) return null
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}

function canBeReached(path: string): boolean {
  for (let dir = dirname(path); dir !== dirname(dir); dir = dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) return false
  }
  return true
}
