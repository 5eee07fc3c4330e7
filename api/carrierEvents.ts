// The door for what a carrier tells of its parcels: signed, written down once, and told to the fulfilment that waits.
import express, { Router, type Request, type Response } from 'express'
import { isSigned } from '../services/carrier/signature.ts'
import { readEvent } from '../services/carrier/wire.ts'
import type { ParcelEvent } from '../domain/parcels.ts'
import { markTold, noteTracking } from '../storage/shipments.ts'
import type { ApiDeps } from './deps.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

const route = '/v1/carriers/{carrier}/events'

/**
 * The answer is 204 when the event is written and the fulfilment knows; whatever else is answered, the carrier is to
 * say it again: what was written already is not written twice, and who was not told yet is told then.
 */
export function carrierDoor(deps: ApiDeps): Router {
  const router = Router()
  const body = express.text({ type: 'application/json', limit: limits.carrierEventBytes })
  router.post('/v1/carriers/:carrier/events', body, take(deps))
  return router
}

interface Found {
  id: string
  storefront_id: string
  order_id: string
  fulfilment_id: string
}

function take({ settings, storage, orderWorkflow, nowMs }: ApiDeps) {
  return async (request: Request, response: Response) => {
    response.locals['route'] = route
    const { carrier } = settings
    if (carrier === null || request.params['carrier'] !== carrier.name) throw refuse('not_found')
    const body: unknown = request.body
    if (typeof body !== 'string') throw refuse('unsupported_media_type')
    if (!isSigned(request.headers, body, { secret: carrier.secret, nowMs: nowMs() })) {
      throw refuse('signature_invalid')
    }
    const { number, event } = eventIn(body)
    const [found] = await storage.sql<Found>('select * from shipment_at($1, $2)', [
      carrier.name,
      number,
    ])
    // A word may come before the parcel is written down here: said again later, it finds it.
    if (!found) throw refuse('not_found', { detail: `There is no parcel ${number} here.` })
    const {
      id,
      storefront_id: storefrontId,
      order_id: orderId,
      fulfilment_id: fulfilmentId,
    } = found
    const shipment = { id, storefrontId, orderId, fulfilmentId }
    const toTell = await storage.asTenant(storefrontId, (tx) => noteTracking(tx, shipment, [event]))
    for (const { sequence, kind, atMs } of toTell) {
      const reportId = `${carrier.name}/${number}/${sequence}`
      await orderWorkflow.report(fulfilmentId, { kind, reportId, atMs })
    }
    await storage.asTenant(storefrontId, (tx) => markTold(tx, id, [event]))
    response.status(204).end()
  }
}

function eventIn(body: string): { number: string; event: ParcelEvent } {
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch {
    throw refuse('malformed_json')
  }
  try {
    const number =
      typeof said === 'object' && said && 'tracking_number' in said ? said.tracking_number : null
    if (typeof number !== 'string' || !/^\w{1,40}$/.test(number)) {
      throw new Error('tracking_number is missing or no number of a parcel')
    }
    return { number, event: readEvent(said) }
  } catch (error) {
    throw refuse('invalid_request', { detail: error instanceof Error ? error.message : '' })
  }
}
