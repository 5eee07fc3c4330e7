// A stand-in for a carrier: parcels that travel by the clock, and what happens to them told in order, in a file.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { DomainError } from '../../domain/failure.ts'
import { openParcelBook, type ParcelBook, type ParcelRow, type Telling } from './book.ts'
import type { Carrier, ParcelOrder, ParcelTrack } from './carriers.ts'
import { labelPdf } from './label.ts'
import { courseOf, journeyMs, mannersOf } from './manners.ts'
import { newParcelNumber } from './parcelNumbers.ts'

export interface CarrierSimulatorOptions {
  name: string
  /** The folder of the file; made where it is missing. */
  dir: string
  /** How much faster than the clock parcels travel. */
  speed?: number
  nowMs?: () => number
  maxGrams?: number
}

export interface CarrierSimulator extends Carrier {
  /** What has happened and was not told yet, for each parcel in order. */
  untold(): Telling[]
  markTold(telling: Telling): void
  /** When something happens next that has to be told: after now, or after the moment of an earlier look. */
  nextUntoldAtMs(afterMs?: number): number | null
}

export function openCarrierSimulator({
  name,
  dir,
  speed = 1,
  nowMs = Date.now,
  maxGrams = 31_500,
}: CarrierSimulatorOptions): CarrierSimulator {
  const book = openParcelBook(dir)

  return {
    name,
    async book(order) {
      const { breakdowns } = mannersOf(order.reference, order.service)
      if (breakdowns > 0 && book.countTry(order.key) < breakdowns) {
        throw new Error('The carrier broke down; try again.')
      }
      const { number, expectedAtMs } = book.inTransaction(() => bookOnce(order))
      return { number, expectedAtMs }
    },

    async label(number) {
      return found(book, number).label
    },

    async cancel(number) {
      book.inTransaction(() => {
        if (found(book, number).isCancelled) return
        const last = book.eventsOf(number, nowMs()).at(-1)
        if (last) throw new DomainError('state_conflict', { number, state: last.kind })
        book.cancel(number)
      })
    },

    async track(number): Promise<ParcelTrack | null> {
      const parcel = book.byNumber(number)
      if (!parcel) return null
      const events = book.eventsOf(number, nowMs())
      const state = parcel.isCancelled ? 'cancelled' : (events.at(-1)?.kind ?? 'booked')
      return { number, expectedAtMs: parcel.expectedAtMs, state, events }
    },

    untold: () => book.untold(nowMs()),
    markTold: (telling) => book.markTold(telling, nowMs()),
    nextUntoldAtMs: (afterMs = nowMs()) => book.nextUntoldAtMs(afterMs),
    async close() {
      book.close()
    },
  }

  function bookOnce(order: ParcelOrder): ParcelRow {
    const fingerprint = fingerprintOf(order)
    const known = book.byKey(order.key)
    if (known) {
      assert(known.fingerprint === fingerprint, `the key ${order.key} was used for another parcel`)
      return known
    }
    const bookedAtMs = nowMs()
    const { key, service, from, to, reference, grams } = order
    const { refused, way, isSilent } = mannersOf(reference, service)
    if (refused) throw new DomainError('carrier_refused', { reason: refused })
    if (grams > maxGrams) {
      throw new DomainError('carrier_refused', { reason: 'parcel_too_heavy', grams, maxGrams })
    }
    const journey = { service, from: from.place, to: to.place, bookedAtMs, speed }
    const lastsMs = journeyMs(journey)
    if (lastsMs === null) throw new DomainError('carrier_refused', { reason: 'too_far' })
    const number = freshNumber(book)
    const expectedAtMs = Math.round(bookedAtMs + lastsMs)
    const label = labelPdf({ carrier: name, number, ...order })
    const parcel = { number, key, fingerprint, expectedAtMs, isCancelled: false, label }
    book.add(parcel, courseOf(way, bookedAtMs, lastsMs), { isTold: isSilent })
    return parcel
  }
}

/** Of the whole order, as a hash: the book keeps no address beside the label. */
function fingerprintOf({ service, reference, grams, from, to }: ParcelOrder): string {
  const body = JSON.stringify([service, reference, grams, endOf(from), endOf(to)])
  return createHash('sha256').update(body).digest('hex')
}

const endOf = ({ name, address, place }: ParcelOrder['to']) => [name, address, place.lon, place.lat]

function found(book: ParcelBook, number: string): ParcelRow {
  const parcel = book.byNumber(number)
  if (!parcel) throw new DomainError('not_found', { number })
  return parcel
}

function freshNumber(book: ParcelBook): string {
  for (;;) {
    const number = newParcelNumber()
    if (!book.byNumber(number)) return number
  }
}
