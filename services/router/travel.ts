// Driving times that a decision about trucks needs, all from one map: to and from the buyer, and along each route.
import type { Place } from '../../domain/model/place.ts'
import type { Travel } from '../../domain/dispatch/routeTimes.ts'
import type { LegTable } from '../../domain/legTable.ts'
import { type Leg, type Router, RouterError } from './router.ts'

/** Where a vehicle is and where it goes: the places of its legs, in order. */
export type Way = readonly Place[]

export interface TravelFacts {
  travel: Travel
  /** Index of the buyer's place; -1 where the decision has none. */
  buyer: number
  /** Indexes of the places of each way, in the order given. */
  ways: number[][]
  /** Indexes of the single places, in the order given. */
  places: number[]
}

/** Which legs are asked for, all by the index of a place. */
export interface LegsAsked {
  places: readonly Place[]
  /** From and to each of these whatever the other place is. */
  points: readonly number[]
  /** From each place of a way to the next. */
  ways: readonly (readonly number[])[]
}

/** What was learned of one map. */
interface Book {
  version: string
  legs: Map<string, Leg>
  /** The legs of ways that are asked for as the very same list, where all are known. */
  ways: WeakMap<Way, readonly (Leg | null)[]>
}

/** A map may be replaced while it is asked; then everything is asked once more. */
const maxTries = 3

/**
 * Two tables for the buyer, whatever the number of vehicles; legs between stops are remembered, since a route seldom
 * changes and its legs hold for every buyer.
 */
export function travelPlanner(router: Router, { rememberedLegs = 20_000 } = {}) {
  let book = emptyBook('')

  /** Learns the legs of ways that are not known yet; answers the versions of the maps that told. */
  async function learn(used: Book, ways: readonly Way[]): Promise<string[]> {
    const { legs } = used
    const unknown = ways.filter((way) => !used.ways.has(way)).flatMap(unknownPart(legs))
    const told = await Promise.all(
      unknown.map(async (part) => {
        const route = await router.route(part).catch(noRoad)
        for (const [at, leg] of route.legs.entries()) {
          const [from, to] = [part[at], part[at + 1]]
          if (from && to) legs.set(legKey(from, to), leg)
        }
        return route.dataVersion
      }),
    )
    return told.filter((version) => version !== null)
  }

  /** From and to each of the points, and along the ways; all told by one map, or asked once more. */
  async function ofOneMap<T>(
    points: readonly Place[],
    others: readonly Place[],
    ways: readonly Way[],
    read: (told: Tables & { book: Book }) => T,
  ): Promise<T> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const used = book
      const [to, from, learned] = await Promise.all([
        router.table(others, points),
        router.table(points, others),
        learn(used, ways),
      ])
      const version = to.dataVersion
      const isOneMap = [from.dataVersion, ...learned].every((told) => told === version)
      if (isOneMap && (used.version === version || used.version === '')) {
        used.version = version
        const result = read({ to, from, book: used })
        if (used.legs.size > rememberedLegs && book === used) book = emptyBook(version)
        return result
      }
      if (book === used) book = emptyBook('')
    }
    throw new RouterError('Unavailable', 'the map changed again and again while it was asked')
  }

  return {
    async facts(
      buyer: Place,
      ways: readonly Way[],
      places: readonly Place[],
    ): Promise<TravelFacts> {
      const others = [...ways.flat(), ...places]
      return await ofOneMap([buyer], others, ways, ({ to, from, book: used }) =>
        factsOf({ to, from, along: alongOf(used, ways), ways, places }),
      )
    },

    /** As plain data, rounded to tenths of seconds and whole metres. */
    async legs({ places, points, ways }: LegsAsked): Promise<LegTable> {
      const placesOf = (indexes: readonly number[]) => indexes.flatMap((at) => places[at] ?? [])
      const driven = ways.map(placesOf)
      return await ofOneMap(placesOf(points), places, driven, (told) =>
        legTable(told, { places, points, ways }),
      )
    },
  }
}

export type TravelPlanner = ReturnType<typeof travelPlanner>

interface Tables {
  to: Awaited<ReturnType<Router['table']>>
  from: Awaited<ReturnType<Router['table']>>
}

interface Told extends Tables {
  /** The leg from each place to the next of its way, by the index of the place it starts from. */
  along: readonly (Leg | null)[]
  ways: readonly Way[]
  places: readonly Place[]
}

function factsOf({ to, from, along, ways, places }: Told): TravelFacts {
  const leg = (a: number, b: number): Leg => {
    if (a === b) return nowhere
    if (b === 0) return cell(to.seconds[a - 1]?.[0], to.meters[a - 1]?.[0])
    if (a === 0) return cell(from.seconds[0]?.[b - 1], from.meters[0]?.[b - 1])
    return (b === a + 1 && along[a]) || unreachable
  }
  let next = 1
  return {
    travel: {
      dataVersion: to.dataVersion,
      seconds: (a, b) => leg(a, b).seconds,
      meters: (a, b) => leg(a, b).meters,
    },
    buyer: 0,
    ways: ways.map((way) => way.map(() => next++)),
    places: places.map(() => next++),
  }
}

function alongOf(book: Book, ways: readonly Way[]): (Leg | null)[] {
  const ofWay = (way: Way) => {
    const known = book.ways.get(way)
    if (known) return known
    const legs = way.map((place, at) => {
      const onward = way[at + 1]
      return (onward && book.legs.get(legKey(place, onward))) ?? null
    })
    if (legs.slice(0, -1).every((leg) => leg !== null)) book.ways.set(way, legs)
    return legs
  }
  return [null, ...ways.flatMap(ofWay)] // the buyer's place is the first
}

function legTable(
  { to, from, book: { legs } }: Tables & { book: Book },
  { places, points, ways }: LegsAsked,
): LegTable {
  const table: LegTable = { dataVersion: to.dataVersion, places: places.length, legs: [] }
  const known = new Set<number>()
  const add = (start: number, end: number, { seconds, meters }: Leg) => {
    const key = start * places.length + end
    if (start === end || known.has(key) || !Number.isFinite(seconds + meters)) return
    known.add(key)
    table.legs.push(start, end, Math.round(seconds * 10), Math.round(meters))
  }
  for (const [nth, point] of points.entries()) {
    for (const other of places.keys()) {
      add(other, point, cell(to.seconds[other]?.[nth], to.meters[other]?.[nth]))
      add(point, other, cell(from.seconds[nth]?.[other], from.meters[nth]?.[other]))
    }
  }
  for (const way of ways) {
    for (const [nth, start] of way.slice(0, -1).entries()) {
      const end = way[nth + 1] ?? start
      const [here, there] = [places[start], places[end]]
      const leg = here && there && legs.get(legKey(here, there))
      if (leg) add(start, end, leg)
    }
  }
  return table
}

/** From the first place whose leg is not known to the last: of a vehicle under way, its next leg alone. */
function unknownPart(legs: ReadonlyMap<string, Leg>) {
  return (way: Way): Way[] => {
    const isUnknown = (place: Place, at: number) => {
      const onward = way[at + 1]
      return onward !== undefined && !legs.has(legKey(place, onward))
    }
    const first = way.findIndex(isUnknown)
    return first < 0 ? [] : [way.slice(first, way.findLastIndex(isUnknown) + 2)]
  }
}

function emptyBook(version: string): Book {
  return { version, legs: new Map(), ways: new WeakMap() }
}

const nowhere: Leg = { seconds: 0, meters: 0 }
const unreachable: Leg = { seconds: Infinity, meters: Infinity }

/** A vehicle that stands where no road leads cannot drive: its legs stay unreachable, the others' are known. */
function noRoad(error: unknown): { legs: Leg[]; dataVersion: null } {
  if (error instanceof RouterError && ['NoRoute', 'NoSegment'].includes(error.code))
    return { legs: [], dataVersion: null }
  throw error
}

function cell(seconds: number | null | undefined, meters: number | null | undefined): Leg {
  return seconds == null || meters == null ? unreachable : { seconds, meters }
}

/** A vehicle moves all the time: to some ten metres its leg is the same. */
function legKey(from: Place, to: Place): string {
  return `${cellOf(from)} ${cellOf(to)}`
}

function cellOf({ lon, lat }: Place): string {
  return `${Math.round(lon * 1e4)},${Math.round(lat * 1e4)}`
}
