// What the platform asks of a road map: the way between places, tables of times, the nearest road.
import type { Place } from '../../domain/model/place.ts'

export interface Router {
  /** The fastest way through all stops in order. A vehicle may leave a stop in either direction. */
  route(stops: readonly Place[], options?: Deadline): Promise<Route>
  /** Times and lengths from each source to each destination; null where no road leads. */
  table(
    sources: readonly Place[],
    destinations: readonly Place[],
    options?: Deadline,
  ): Promise<Table>
  /** The point on the road nearest to a place. */
  nearest(place: Place, options?: Deadline): Promise<Snapped>
  /** Names the map that answers; two answers are comparable only when their versions are equal. */
  dataVersion(options?: Deadline): Promise<string>
  close(): Promise<void>
}

/** How long an answer may take, retries included. */
export interface Deadline {
  timeoutMs?: number
  signal?: AbortSignal
}

export interface Leg {
  meters: number
  seconds: number
}

export interface Route extends Leg {
  line: Place[]
  legs: Leg[]
  dataVersion: string
}

export interface Table {
  seconds: (number | null)[][]
  meters: (number | null)[][]
  dataVersion: string
}

export interface Snapped {
  place: Place
  /** How far the place is from the road. */
  meters: number
  /** The street's name, empty when it has none. */
  name: string
  dataVersion: string
}

/** A place further from every drivable road than this is not on the map. */
export const SNAP_METERS = 1_000
export const ROUTER_TIMEOUT_MS = 10_000

export type RouterErrorCode =
  | 'NoRoute' // the places are on roads that do not meet
  | 'NoSegment' // no road within SNAP_METERS of a place
  | 'TooBig' // more places than the server takes
  | 'InvalidInput' // a place that is none, or too few of them
  | 'DeadlineExceeded'
  | 'Unavailable' // the server is not there, or not yet again
  | 'UnexpectedAnswer' // what answers is not the router that this client speaks with

export class RouterError extends Error {
  override readonly name = 'RouterError'
  readonly code: RouterErrorCode
  /** The same question may be answered later. */
  readonly retryable: boolean

  constructor(code: RouterErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = code === 'Unavailable' || code === 'DeadlineExceeded'
  }
}

/** Refuses what no router can answer, the same way for every engine. */
export function checkPlaces(what: string, places: readonly Place[], atLeast: number): void {
  if (places.length < atLeast) {
    throw new RouterError(
      'InvalidInput',
      `${what}: ${atLeast} or more places, got ${places.length}`,
    )
  }
  for (const [index, place] of places.entries()) {
    if (!isOnEarth(place)) {
      const seen = `lon ${String(place?.lon)}, lat ${String(place?.lat)}`
      throw new RouterError('InvalidInput', `${what}: place ${index} is not on earth (${seen})`)
    }
  }
}

function isOnEarth(place: Place | undefined): boolean {
  if (!place || !Number.isFinite(place.lon) || !Number.isFinite(place.lat)) return false
  return Math.abs(place.lon) <= 180 && Math.abs(place.lat) <= 90
}

/** A deadline made absolute: throws once it has passed or its signal was aborted. */
export interface Clock {
  signal: AbortSignal | undefined
  leftMs(): number
  check(): void
}

export function clockOf({ timeoutMs = ROUTER_TIMEOUT_MS, signal }: Deadline = {}): Clock {
  const endMs = performance.now() + timeoutMs
  const leftMs = () => endMs - performance.now()
  return {
    signal,
    leftMs,
    check: () => {
      if (signal?.aborted) throw new RouterError('DeadlineExceeded', 'aborted', signal.reason)
      if (leftMs() <= 0) throw new RouterError('DeadlineExceeded', `no answer in ${timeoutMs} ms`)
    },
  }
}
