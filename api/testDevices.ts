// Speaks to virtual devices for test mode's helpers; connects to the broker when it is first needed.
import { randomUUID } from 'node:crypto'
import { type Commands, openCommands } from '../devices/commands.ts'
import type { LinkTls } from '../devices/link.ts'
import { refuse } from './problem.ts'

export interface TestDevices {
  enterCode: (siteId: string, code: string) => Promise<{ accepted: boolean; code?: string }>
  /** False when no virtual device listens. */
  provoke: (siteId: string, deviceId: string, fault: object) => Promise<boolean>
  close: () => Promise<void>
}

const connectWithinMs = 5_000
/** A code that was taken opens once: whoever gives up too soon does not learn that it did. */
const deadlineMs = 15_000

export function testDevices(mqttUrl: string, tls: LinkTls): TestDevices {
  let opening: Promise<Commands> | null = null

  async function commands(): Promise<Commands> {
    opening ??= openCommands({
      mqttUrl,
      tls,
      clientId: `test-${randomUUID().slice(0, 8)}`,
      connectWithinMs,
    })
    try {
      return await opening
    } catch {
      opening = null
      throw refuse('unavailable', { detail: 'The broker does not answer.' })
    }
  }

  return {
    async enterCode(siteId, code) {
      const order = { type: 'locker.enter', commandId: `enter.${randomUUID()}`, code } as const
      const reply = await (await commands()).sendLocker(siteId, siteId, order, { deadlineMs })
      if ('unknown' in reply) throw refuse('unavailable', { detail: 'The lockers do not answer.' })
      return { accepted: reply.accepted, ...(reply.code === undefined ? {} : { code: reply.code }) }
    },
    provoke: async (siteId, deviceId, fault) =>
      await (await commands()).provoke(siteId, deviceId, fault),
    async close() {
      await (await opening?.catch(() => null))?.close()
    },
  }
}
