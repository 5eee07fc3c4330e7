// Holds the buyer's money, lets it go, and in the end takes it and pays everyone who is owed.
import { DomainError } from '../domain/failure.ts'
import type { PriceLine } from '../domain/model/offer.ts'
import type { PaymentMethod } from '../domain/model/order.ts'
import {
  capturePostings,
  holdPostings,
  releasePostings,
  settlementParts,
  settlementPostings,
  type SettledLine,
} from '../domain/postings.ts'
import { appendEvent } from '../storage/events.ts'
import { ledger } from '../storage/ledger.ts'
import { advance } from '../storage/advance.ts'
import type { Tx } from '../storage/storage.ts'
import { moveOrderOn } from '../storage/telling.ts'
import type { OrdersDeps } from './deps.ts'

export function moneyActivities({ storage, payments }: Pick<OrdersDeps, 'storage' | 'payments'>) {
  return {
    /** Key: the payment. A declined hold leaves nothing behind, so another instrument may be tried under it. */
    async holdPayment(order: { orderId: string; kind?: string; token?: string }): Promise<void> {
      const { orderId } = order
      const payment = await paymentOf(storage, orderId)
      if (payment.state === 'held' || payment.state === 'captured') return
      const method = { ...payment.method, ...instrument(order) }
      const { amountCents, currency } = payment
      const hold = { key: payment.id, amountCents, currency, method }
      const { reference } = await payments.hold(hold).catch(async (error: unknown) => {
        if (error instanceof DomainError) await declined(payment, error)
        throw error
      })
      await storage.transaction(async (tx) => {
        await tx.sql(
          `update payment set reference = $2, method = $3::jsonb, failure_code = null where id = $1`,
          [payment.id, reference, JSON.stringify(method)],
        )
        if (payment.state === 'declined') await advance(tx, 'payment', payment.id, 'pending')
        if (!(await advance(tx, 'payment', payment.id, 'held'))) return
        await ledger.post(tx, {
          key: `hold/${payment.id}`,
          description: 'Payment held',
          orderId,
          postings: holdPostings({ orderId, currency, cents: amountCents }),
        })
        await appendEvent(tx, { orderId, type: 'payment.held', data: amountOf(payment) })
      })
    },

    async releasePayment({ orderId }: { orderId: string }): Promise<void> {
      const payment = await paymentOf(storage, orderId)
      const { amountCents, currency, reference } = payment
      if (payment.state === 'released' || payment.state === 'captured') return
      if (reference !== null) await payments.release({ key: `release/${payment.id}`, reference })
      await storage.transaction(async (tx) => {
        if (!(await advance(tx, 'payment', payment.id, 'released')) || payment.state !== 'held')
          return
        await ledger.post(tx, {
          key: `release/${payment.id}`,
          description: 'Held payment let go',
          orderId,
          postings: releasePostings({ orderId, currency, cents: amountCents }),
        })
        await appendEvent(tx, { orderId, type: 'payment.released', data: amountOf(payment) })
      })
    },

    /** Key: the payment at the provider, the order in the ledger. */
    async settleOrder({ orderId }: { orderId: string }): Promise<void> {
      const payment = await paymentOf(storage, orderId)
      const { id, amountCents, currency, reference } = payment
      await payments.capture({ key: `capture/${id}`, reference: reference ?? '', amountCents })
      await storage.transaction(async (tx) => {
        if (!(await advance(tx, 'payment', id, 'captured'))) return
        const parts = settlementParts(await settledLines(tx, orderId))
        await ledger.post(tx, {
          key: `settle/${orderId}`,
          description: 'Payment captured and paid out',
          orderId,
          postings: [
            ...capturePostings({ orderId, currency, cents: amountCents }),
            ...settlementPostings({ orderId, currency }, parts),
          ],
        })
        const paid = parts.map(({ partyId, cents }) => ({
          party_id: partyId,
          amount: { amount: String(cents), currency },
        }))
        const data = { ...amountOf(payment), paid }
        await moveOrderOn(tx, orderId, 'settled', () => ({ type: 'order.settled', data }))
      })
    },
  }

  async function declined(payment: Payment, { code, facts }: DomainError): Promise<void> {
    await storage.transaction(async (tx) => {
      await tx.sql(`update payment set failure_code = $2 where id = $1`, [payment.id, code])
      await advance(tx, 'payment', payment.id, 'declined')
      const { orderId } = payment
      await appendEvent(tx, {
        orderId,
        type: 'payment.declined',
        data: { reason: facts.reason ?? code },
      })
    })
  }
}

interface Payment {
  id: string
  orderId: string
  state: string
  amountCents: bigint
  currency: string
  method: PaymentMethod
  reference: string | null
}

async function paymentOf({ sql }: Pick<Tx, 'sql'>, orderId: string): Promise<Payment> {
  const [payment] = await sql<Payment>(
    `select id, order_id as "orderId", state, amount_cents as "amountCents", currency, method, reference
     from payment where order_id = $1`,
    [orderId],
  )
  if (!payment) throw new Error(`order ${orderId} has no payment`)
  return payment
}

/** What an operator may change when a payment was declined. */
function instrument({ kind, token }: { kind?: string; token?: string }): Partial<PaymentMethod> {
  return {
    ...(kind === 'card' || kind === 'account' ? { kind } : {}),
    ...(token === undefined ? {} : { token }),
  }
}

function amountOf({ amountCents, currency }: Payment) {
  return { amount: { amount: String(amountCents), currency } }
}

/** Who made a part is not always who brings it: on the road it may have changed trucks. */
async function settledLines({ sql }: Tx, orderId: string): Promise<SettledLine[]> {
  const rows = await sql<Omit<SettledLine, 'price' | 'contract'> & { price: StoredPrice[] }>(
    `select f.price, i.supplier_id as "supplierId", i.royalty_cents * l.quantity as "royaltyCents",
       coalesce((
         select m.site_id from job j join machine m on m.id = j.machine_id
         where j.line_id = l.id and j.state = 'harvested' order by j.unit limit 1
       ), u.site_id) as "makerId", coalesce(u.vehicle_id, (
         select 'carrier_' || s.carrier from shipment s where s.fulfilment_id = u.id order by s.nth desc limit 1
       ), u.site_id) as "carrierId"
     from order_line l join item i on i.id = l.item_id join offer f on f.id = l.offer_id
       join fulfilment u on u.id = l.fulfilment_id
     where l.order_id = $1 order by l.position`,
    [orderId],
  )
  return rows.map(({ price, supplierId, royaltyCents, makerId, carrierId }) => ({
    supplierId,
    royaltyCents,
    makerId,
    carrierId,
    contract: null,
    price: price.map(({ code, cents }) => ({ code, cents: BigInt(cents) })),
  }))
}

interface StoredPrice {
  code: PriceLine['code']
  cents: string
}
