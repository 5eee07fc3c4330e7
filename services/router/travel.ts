// Driving times that a decision about trucks needs, all from one map: to and from the buyer, and along each route.
import type { Place } from '../../domain/model/place.ts'
import type { Travel } from '../../domain/routeTimes.ts'
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

/**
 * Two tables for the buyer, whatever the number of vehicles; legs between stops are remembered, since a route seldom
 * changes and its legs hold for every buyer.
 */
export function travelPlanner(router: Router, { rememberedLegs = 20_000 } = {}) {
  let legs = new Map<string, Leg>()

  async function legsOf(ways: readonly Way[]): Promise<void> {
    const version = await router.dataVersion()
    const missing = ways.flatMap((way) => {
      const isKnown = way.every((place, at) => {
        const next = way[at + 1]
        return next === undefined || legs.has(legKey(version, place, next))
      })
      return isKnown ? [] : [way]
    })
    if (legs.size > rememberedLegs && missing.length > 0) return forgetAndLearn(ways)
    await Promise.all(
      missing.map(async (way) => {
        const route = await router.route(way).catch(noRoad)
        for (const [at, leg] of route.legs.entries()) {
          const [from, to] = [way[at], way[at + 1]]
          if (from && to) legs.set(legKey(version, from, to), leg)
        }
      }),
    )
  }

  async function forgetAndLearn(ways: readonly Way[]): Promise<void> {
    legs = new Map()
    return legsOf(ways)
  }

  return {
    async facts(
      buyer: Place,
      ways: readonly Way[],
      places: readonly Place[],
    ): Promise<TravelFacts> {
      const all = [buyer, ...ways.flat(), ...places]
      const others = all.slice(1)
      const [to, from] = await Promise.all([
        router.table(others, [buyer]),
        router.table([buyer], others),
        legsOf(ways),
      ])
      const version = to.dataVersion
      const leg = (a: number, b: number): Leg => {
        if (a === b) return nowhere
        if (b === 0) return cell(to.seconds[a - 1]?.[0], to.meters[a - 1]?.[0])
        if (a === 0) return cell(from.seconds[0]?.[b - 1], from.meters[0]?.[b - 1])
        const [start, end] = [all[a], all[b]]
        return (start && end && legs.get(legKey(version, start, end))) || unreachable
      }
      let next = 1
      return {
        travel: {
          dataVersion: version,
          seconds: (a, b) => leg(a, b).seconds,
          meters: (a, b) => leg(a, b).meters,
        },
        buyer: 0,
        ways: ways.map((way) => way.map(() => next++)),
        places: places.map(() => next++),
      }
    },
  }
}

export type TravelPlanner = ReturnType<typeof travelPlanner>

const nowhere: Leg = { seconds: 0, meters: 0 }
const unreachable: Leg = { seconds: Infinity, meters: Infinity }

/** A vehicle that stands where no road leads cannot drive: its legs stay unreachable, the others' are known. */
function noRoad(error: unknown): { legs: Leg[] } {
  if (error instanceof RouterError && ['NoRoute', 'NoSegment'].includes(error.code))
    return { legs: [] }
  throw error
}

function cell(seconds: number | null | undefined, meters: number | null | undefined): Leg {
  return seconds == null || meters == null ? unreachable : { seconds, meters }
}

/** A vehicle moves all the time: to some ten metres its leg is the same. */
function legKey(version: string, from: Place, to: Place): string {
  return [
    version,
    from.lon.toFixed(4),
    from.lat.toFixed(4),
    to.lon.toFixed(4),
    to.lat.toFixed(4),
  ].join()
}
