// A parcel as storefronts see it: who brings it, where it was seen last, and its label.
import { Type, type Static } from 'typebox'
import { labelCell } from '../storage/shipments.ts'
import { refuse } from './problem.ts'
import { route } from './route.ts'
import { Id, IdParams, Time, time } from './wire.ts'

export const Shipment = Type.Object(
  {
    object: Type.Literal('shipment'),
    id: Id,
    carrier: Type.String(),
    tracking_number: Type.String(),
    service: Type.String(),
    state: Type.String(),
    expected_at: Time,
    events: Type.Array(
      Type.Object(
        { kind: Type.String(), at: Time },
        { additionalProperties: false, title: 'ShipmentEvent' },
      ),
    ),
  },
  { additionalProperties: false, title: 'Shipment' },
)

export type ShipmentJson = Omit<Static<typeof Shipment>, 'object'>

/** The parcel of the fulfilment `f` that counts, as JSON; null for those that no carrier brings. */
export const shipmentSql = `case when f.method = 'carrier' then (
  select jsonb_build_object('id', s.id, 'carrier', s.carrier, 'tracking_number', s.number, 'service', s.service,
    'state', s.state, 'expected_at', s.expected_at, 'events', (
      select coalesce(jsonb_agg(jsonb_build_object('kind', e.type, 'at', e.at) order by e.sequence), '[]')
      from shipment_event e where e.shipment_id = s.id))
  from shipment s where s.fulfilment_id = f.id order by s.nth desc limit 1) end`

export function shipmentView(shipment: ShipmentJson): Static<typeof Shipment> {
  const { id, carrier, tracking_number, service, state, expected_at, events } = shipment
  return {
    object: 'shipment',
    id,
    carrier,
    tracking_number,
    service,
    state,
    expected_at: time(Date.parse(expected_at)),
    events: events.map(({ kind, at }) => ({ kind, at: time(Date.parse(at)) })),
  }
}

export const getLabel = route(
  {
    method: 'get',
    path: '/v1/shipments/{id}/label',
    scope: 'buyers:read',
    summary: 'Read the label of a parcel',
    description:
      'A PDF of 4 by 6 inches for whoever packs it; it shows the name and the address of the buyer.',
    params: IdParams,
    responses: { 200: Type.String() },
    answersOnly: 'application/pdf',
  },
  async ({ params: { id }, tenant, deps: { storage } }) => {
    const label = await storage.asTenant(tenant.storefrontId, async (tx) => {
      const [row] = await tx.sql<{ label: Buffer }>('select label from shipment where id = $1', [
        id,
      ])
      if (!row) throw refuse('not_found')
      return (await storage.personal.decrypt<string>(tx, labelCell(id), row.label)).value
    })
    if (label === null) throw refuse('not_found', { detail: 'The buyer was erased.' })
    return {
      stream: async (response) => {
        response
          .status(200)
          .set({ 'Content-Type': 'application/pdf', 'Cache-Control': 'private, no-store' })
          .end(Buffer.from(label, 'base64'))
      },
    }
  },
)
