// What goes over the wire between the platform and a carrier, with the checks of what comes in.
import { type ParcelEvent, parcelEventKinds, isParcelService } from '../../domain/parcels.ts'
import type { BookedParcel, ParcelOrder, ParcelTrack } from './carriers.ts'

/** The bodies of the protocol: snake_case, times as text. */
export interface ParcelJson {
  tracking_number: string
  expected_at: string
}
export interface TrackJson extends ParcelJson {
  state: ParcelTrack['state']
  events: { sequence: number; kind: ParcelEvent['kind']; at: string }[]
}

export const parcelJson = ({ number, expectedAtMs }: BookedParcel): ParcelJson => ({
  tracking_number: number,
  expected_at: new Date(expectedAtMs).toISOString(),
})

export const trackJson = ({ state, events, ...parcel }: ParcelTrack): TrackJson => ({
  ...parcelJson(parcel),
  state,
  events: events.map(({ atMs, ...event }) => ({ ...event, at: new Date(atMs).toISOString() })),
})

/** Throws on whatever is not as it must be. */
export function readParcel(body: unknown): BookedParcel {
  const parcel = fieldsOf(body)
  return {
    number: textIn(parcel, 'tracking_number'),
    expectedAtMs: timeIn(parcel, 'expected_at'),
  }
}

export function readTrack(body: unknown): ParcelTrack {
  const track = fieldsOf(body)
  const states = ['booked', 'cancelled', ...parcelEventKinds] as const
  const state = states.find((one) => one === track['state'])
  if (!state) throw new Error(`a parcel cannot be ${String(track['state'])}`)
  const events = track['events']
  if (!Array.isArray(events)) throw new Error('events is not a list')
  return { ...readParcel(body), state, events: events.map(readEvent) }
}

export function readEvent(body: unknown): ParcelEvent {
  const event = fieldsOf(body)
  const kind = parcelEventKinds.find((one) => one === event['kind'])
  if (!kind) throw new Error(`nothing is known of the event ${String(event['kind'])}`)
  return { sequence: numberIn(event, 'sequence'), kind, atMs: timeIn(event, 'at') }
}

export const orderJson = ({ service, reference, grams, from, to }: ParcelOrder) => ({
  service,
  reference,
  grams,
  from,
  to,
})

export function readOrder(key: string, body: unknown): ParcelOrder {
  const order = fieldsOf(body)
  const service = textIn(order, 'service')
  if (!isParcelService(service)) throw new Error(`there is no service ${service}`)
  return {
    key,
    service,
    reference: textIn(order, 'reference'),
    grams: numberIn(order, 'grams'),
    from: endIn(order, 'from'),
    to: endIn(order, 'to'),
  }
}

type Fields = Record<string, unknown>

function endIn(order: Fields, name: 'from' | 'to'): ParcelOrder['to'] {
  const end = fieldsOf(order[name])
  const place = fieldsOf(end['place'])
  return {
    name: textIn(end, 'name'),
    address: textIn(end, 'address'),
    place: { lon: numberIn(place, 'lon'), lat: numberIn(place, 'lat') },
  }
}

function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) throw new Error('the body is not an object')
  return Object.fromEntries(Object.entries(body))
}

function textIn(fields: Fields, name: string): string {
  const text = fields[name]
  if (typeof text !== 'string' || text === '' || text.length > 1_000) {
    throw new Error(`${name} is not a text of 1 to 1000 characters`)
  }
  return text
}

function numberIn(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${name} is no number`)
  return value
}

function timeIn(fields: Fields, name: string): number {
  const atMs = Date.parse(textIn(fields, name))
  if (Number.isNaN(atMs)) throw new Error(`${name} is no time`)
  return atMs
}
