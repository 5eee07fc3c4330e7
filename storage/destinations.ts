// Where an order goes: decrypted for the step that must know it, and for no other.
import type { Place } from '../domain/model/place.ts'
import type { Storage } from './storage.ts'

export interface Destination {
  label: string
  place: Place
}

export const destinationCell = (orderId: string) => ({
  table: 'orders',
  column: 'destination',
  rowId: orderId,
})

/** Of an erased buyer nothing is known any more: an error that an operator sees. */
export async function destinationOf(storage: Storage, orderId: string): Promise<Destination> {
  const destination = await findDestination(storage, orderId)
  if (!destination) throw new Error(`the destination of order ${orderId} was erased`)
  return destination
}

/** Null where the buyer was erased. */
export async function findDestination(
  storage: Storage,
  orderId: string,
): Promise<Destination | null> {
  const [row] = await storage.sql<{ destination: Buffer | null }>(
    'select destination from orders where id = $1',
    [orderId],
  )
  if (!row?.destination) return null
  const { value } = await storage.personal.decrypt<{ label: string; lon: number; lat: number }>(
    storage,
    destinationCell(orderId),
    row.destination,
  )
  return value && { label: value.label, place: { lon: value.lon, lat: value.lat } }
}
