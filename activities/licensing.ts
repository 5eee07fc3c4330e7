// Takes the uses of licences that an order needs, and gives back those that were not spent.
import { DomainError } from '../domain/failure.ts'
import { accounts, licencePostings } from '../domain/postings.ts'
import { ledger } from '../storage/ledger.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'

export function licensingActivities({ storage }: Pick<OrdersDeps, 'storage'>) {
  return {
    /** Key: the order and the licence. Without uses left nothing is taken, and the floor of the account says so. */
    async reserveUses({ orderId }: { orderId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        for (const { licenceId, uses } of await neededUses(tx, orderId)) {
          await ledger
            .post(tx, {
              key: `licence-reserve/${orderId}/${licenceId}`,
              description: 'Uses of a licence reserved for an order',
              orderId,
              postings: licencePostings.reserve(licenceId, orderId, uses),
            })
            .catch((error: unknown) => {
              throw exhausted(error, licenceId, uses)
            })
        }
      })
    },

    /** Gives back what the ledger says is still reserved: after a second run that is nothing. */
    async releaseUses({ orderId }: { orderId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        for (const { licenceId } of await neededUses(tx, orderId)) {
          const left = await ledger.balance(
            tx,
            'licence',
            accounts.usesReserved(orderId),
            licenceId,
          )
          if (left === 0n) continue
          await ledger.post(tx, {
            key: `licence-release/${orderId}/${licenceId}`,
            description: 'Unused uses of a licence given back',
            orderId,
            postings: licencePostings.release(licenceId, orderId, left),
          })
        }
      })
    },
  }
}

function neededUses({ sql }: Tx, orderId: string): Promise<{ licenceId: string; uses: bigint }[]> {
  return sql<{ licenceId: string; uses: bigint }>(
    `select i.licence_id as "licenceId", sum(l.quantity)::bigint as uses
     from order_line l join item i on i.id = l.item_id
     where l.order_id = $1 group by i.licence_id order by i.licence_id`,
    [orderId],
  )
}

function exhausted(error: unknown, licenceId: string, uses: bigint): unknown {
  if (!(error instanceof DomainError) || error.code !== 'ledger_floor') return error
  return new DomainError('licence_exhausted', { licence: licenceId, needed: Number(uses) })
}
