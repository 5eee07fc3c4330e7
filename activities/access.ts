// May this buyer have these items? Collects the credentials, lets the domain decide, and writes the decision down.
import { type AccessPolicy, type Credential, decideAccess } from '../domain/access.ts'
import { DomainError } from '../domain/failure.ts'
import { recordDecision } from '../storage/decisions.ts'
import type { Tx } from '../storage/storage.ts'
import { moveOrderOn } from '../storage/telling.ts'
import type { OrdersDeps } from './deps.ts'

export function accessActivities({ storage, nowMs }: Pick<OrdersDeps, 'storage' | 'nowMs'>) {
  return {
    /** Key: the order; its lines leave `awaiting_authorization` once. */
    async authorizeBuyer({ orderId }: { orderId: string }): Promise<void> {
      const refused = await storage.transaction(async (tx) => {
        const lines = await restrictedLines(tx, orderId)
        for (const line of lines) {
          const choice = decideAccess({ ...line, ageYears: null, nowMs: nowMs() })
          await recordDecision(tx, { orderId, subjectId: line.lineId, decision: choice.decision })
          if (choice.outcome !== 'allow') {
            return {
              outcome: choice.outcome,
              facts: { rule: choice.rule, ...choice.details, line: line.lineId },
            }
          }
        }
        await moveOrderOn(tx, orderId, 'confirmed', ({ lineIds }) =>
          lineIds.length > 0 ? { type: 'order.authorized', data: {} } : null,
        )
        return null
      })
      // Thrown outside of the transaction, so that the decision stays.
      if (refused === null) return
      const code = refused.outcome === 'deny' ? 'credentials_denied' : 'credentials_missing'
      throw new DomainError(code, { outcome: refused.outcome, ...refused.facts })
    },
  }
}

interface RestrictedLine {
  lineId: string
  restriction: string
  policy: AccessPolicy | null
  jurisdiction: string | null
  credentials: Credential[]
}

/** One round trip: the restricted lines of the order, the policy of each in force, and what the buyer has shown. */
function restrictedLines({ sql }: Tx, orderId: string): Promise<RestrictedLine[]> {
  return sql<RestrictedLine>(
    `select l.id as "lineId", i.restriction, s.region as jurisdiction,
       (select data from rules where kind = 'access' and region = i.restriction
         order by version desc limit 1) as policy,
       coalesce((select jsonb_agg(jsonb_build_object(
           'credentialId', c.id, 'kind', c.kind, 'issuer', c.issuer, 'jurisdiction', c.jurisdiction,
           'validFromMs', extract(epoch from c.created_at) * 1000,
           'expiresAtMs', extract(epoch from c.valid_until) * 1000, 'revoked', false))
         from credential c where c.buyer_id = o.buyer_id), '[]') as credentials
     from orders o join order_line l on l.order_id = o.id join item i on i.id = l.item_id
       join offer f on f.id = l.offer_id join site s on s.id = f.site_id
     where o.id = $1 and i.restriction is not null order by l.position`,
    [orderId],
  )
}
