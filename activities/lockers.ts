// Puts a part into a locker compartment under a code of its own, and gives the compartment back.
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { DomainError } from '../domain/failure.ts'
import { advance } from '../storage/advance.ts'
import { appendEvent } from '../storage/events.ts'
import { accessCodeCell } from '../storage/accessCodes.ts'
import { moveDeliveryOn } from '../storage/telling.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'commands' | 'nowMs'>

const deadlineMs = 10_000
const keepHours = 48

export function lockerActivities({ storage, commands, nowMs }: Deps) {
  async function stored(fulfilmentId: string): Promise<StoredIn> {
    const [row] = await storage.sql<StoredIn>(
      `select u.order_id as "orderId", o.storefront_id as "storefrontId", o.buyer_id as "buyerId",
         u.site_id as "siteId", u.compartment_id as "compartmentId", u.access_code as "accessCode"
       from fulfilment u join orders o on o.id = u.order_id where u.id = $1`,
      [fulfilmentId],
    )
    if (!row) throw new Error(`no fulfilment ${fulfilmentId}`)
    return row
  }

  /** Made once for a fulfilment; kept encrypted under the buyer's key until the message is written. */
  async function accessCode(fulfilmentId: string, row: StoredIn): Promise<string> {
    const cell = accessCodeCell(fulfilmentId)
    if (row.accessCode) {
      const { value } = await storage.personal.decrypt<string>(storage, cell, row.accessCode)
      if (value !== null) return value
    }
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const sealed = await storage.personal.encrypt(storage, cell, row, code)
    await storage.sql(`update fulfilment set access_code = $2 where id = $1`, [
      fulfilmentId,
      sealed,
    ])
    return code
  }

  return {
    /** Key: the fulfilment; a compartment that is assigned to it already is assigned again with the same code. */
    async storeInLocker(order: { fulfilmentId: string; compartmentId?: string }): Promise<void> {
      const { fulfilmentId } = order
      if (order.compartmentId) {
        await storage.sql(`update fulfilment set compartment_id = $2 where id = $1`, [
          fulfilmentId,
          order.compartmentId,
        ])
      }
      const row = await stored(fulfilmentId)
      const { siteId, compartmentId } = row
      if (compartmentId === null) throw new DomainError('no_compartment_free', { site: siteId })
      await storage.transaction(async (tx) => {
        const to = { line: 'ready', fulfilment: 'made' } as const
        await moveDeliveryOn(tx, fulfilmentId, to, ({ fulfilment }) =>
          fulfilment ? { type: 'fulfilment.made', data: { fulfilment_id: fulfilmentId } } : null,
        )
      })
      const code = await accessCode(fulfilmentId, row)
      const salt = randomBytes(12).toString('hex')
      const reply = await commands.sendLocker(
        siteId,
        siteId,
        {
          type: 'locker.assign',
          commandId: `${fulfilmentId}.${compartmentId}.assign.${salt}`,
          salt,
          codeHash: createHash('sha256')
            .update(salt + code)
            .digest('hex'),
          compartmentId,
          fulfilmentId,
          expiresAtMs: nowMs() + keepHours * 36e5,
        },
        { deadlineMs },
      )
      if ('unknown' in reply)
        throw new Error(`the lockers of ${siteId} did not answer: ${reply.reason}`)
      if (reply.accepted) return
      throw new DomainError('no_compartment_free', {
        compartment: compartmentId,
        reason: reply.code ?? 'unknown',
      })
    },

    async clearLocker({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      const { siteId, compartmentId } = await stored(fulfilmentId)
      if (compartmentId === null) return
      const reply = await commands.sendLocker(
        siteId,
        siteId,
        {
          type: 'locker.release',
          commandId: `${fulfilmentId}.release`,
          compartmentId,
          fulfilmentId,
        },
        { deadlineMs },
      )
      if ('unknown' in reply)
        throw new Error(`the lockers of ${siteId} did not answer: ${reply.reason}`)
    },

    /** Key: the fulfilment; the message with the code is written once. */
    async announceReady({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        const to = { line: 'ready_for_pickup', fulfilment: 'ready_for_pickup' } as const
        await moveDeliveryOn(tx, fulfilmentId, to, ({ fulfilment }) => {
          if (!fulfilment) return null
          const until = new Date(nowMs() + keepHours * 3600e3).toISOString()
          const data = { fulfilment_id: fulfilmentId, until }
          const notice = { kind: 'ready_for_pickup', data }
          return { type: 'fulfilment.ready_for_pickup', data, notice }
        })
      })
    },

    async expirePickup({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      const { orderId } = await stored(fulfilmentId)
      await storage.transaction(async (tx) => {
        if (!(await advance(tx, 'fulfilment', fulfilmentId, 'expired'))) return
        await appendEvent(tx, {
          orderId,
          type: 'fulfilment.expired',
          data: { fulfilment_id: fulfilmentId },
        })
      })
    },
  }
}

interface StoredIn {
  orderId: string
  storefrontId: string
  buyerId: string
  siteId: string
  compartmentId: string | null
  accessCode: Buffer | null
}
