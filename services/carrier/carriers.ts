// What the platform asks of whoever brings parcels: a label, the way that the parcel takes, and to take it back.
import type { Place } from '../../domain/model/place.ts'
import type { ParcelEvent, ParcelEventKind, ParcelService } from '../../domain/parcels.ts'

/**
 * A key names one parcel. The same key with the same body gives the first answer again; with another body it is a
 * programmer's error. What was refused has left nothing behind: its key may be used again, also for another service.
 *
 * A parcel that is not taken throws DomainError carrier_refused {reason}; what its state forbids (taking back what was
 * collected) throws DomainError state_conflict {state}; whatever else is thrown is transient.
 *
 * What happens to a parcel the carrier says by itself, signed, at the address that it was given: see signature.ts.
 */
export interface Carrier {
  /** By which the platform knows it: in addresses, events and the ledger. */
  name: string
  book(order: ParcelOrder): Promise<BookedParcel>
  /** The label as a PDF of 4 by 6 inches. */
  label(number: string): Promise<Uint8Array>
  /** Before it is collected; one that was cancelled already stays as it is. */
  cancel(number: string): Promise<void>
  /** What happened so far, or null where there is no parcel of that number. */
  track(number: string): Promise<ParcelTrack | null>
  close(): Promise<void>
}

export interface ParcelOrder {
  key: string
  service: ParcelService
  /** What the sender calls it; it stands on the label. */
  reference: string
  grams: number
  from: ParcelEnd
  to: ParcelEnd
}

/** As the label says it, and no more. */
export interface ParcelEnd {
  name: string
  address: string
  place: Place
}

export interface BookedParcel {
  number: string
  /** When the carrier means to have delivered it. */
  expectedAtMs: number
}

export interface ParcelTrack extends BookedParcel {
  state: 'booked' | 'cancelled' | ParcelEventKind
  events: ParcelEvent[]
}
