// Machines and lockers in memory: what was sent to them, and answers as a test wants them.
import type { Commands, LockerOrder, MachineOrder, Unknown } from '../../devices/commands.ts'
import type { Reply } from '../../devices/contract/command.ts'
import type { MachineState } from '../../devices/contract/machine.ts'

export interface TestCommands extends Commands {
  sent: { to: string; order: MachineOrder | LockerOrder }[]
  /** The types of what was sent, in order. */
  types: () => string[]
  /** How whatever is sent next is answered. */
  answer: Reply | Unknown
  /** What machines last told of themselves. */
  state: MachineState | null
}

export const accepted: Reply = { v: 1, commandId: 'any', accepted: true, state: null }
export const refused = (code: string): Reply => ({ ...accepted, accepted: false, code })
export const silent: Unknown = { unknown: true, reason: 'no_subscriber' }

export function commandsForTest(): TestCommands {
  const commands: TestCommands = {
    sent: [],
    types: () => commands.sent.map(({ order }) => order.type),
    answer: accepted,
    state: null,
    async send(_siteId, machineId, order) {
      commands.sent.push({ to: machineId, order })
      return commands.answer
    },
    async sendLocker(_siteId, bankId, order) {
      commands.sent.push({ to: bankId, order })
      return commands.answer
    },
    readState: async () => commands.state,
    publishStops: async () => undefined,
    provoke: async () => true,
    close: async () => undefined,
  }
  return commands
}
