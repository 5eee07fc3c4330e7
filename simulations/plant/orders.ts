// The orders of a day: drawn by hour and place, or as they were recorded; no rule of the day moves them.
import { integerBelow, poisson, uniform } from '../kernel/distributions.ts'
import type { Purpose, Stream } from '../kernel/streams.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { nearTo, secondOf } from './layout.ts'
import type { Streets } from './streets.ts'

/** Columns over the orders, in the order in which they come. */
export interface Orders {
  count: number
  /** Whole seconds from midnight. */
  second: Int32Array
  at: Int32Array
  /** Index of the item, and of the colour among its colours. */
  item: Int32Array
  colour: Int32Array
}

export type Draws = (purpose: string) => Purpose

interface OrderDraft {
  second: number
  at: number
  item: number
  colour: number
}

export interface OrderSource {
  draw: (draws: Draws) => Orders
}

/** What the draws need is looked up once. */
export function orderSource(scenario: Scenario, streets: Streets): OrderSource {
  const { generator } = scenario.orders
  const everywhere = Array.from({ length: streets.places }, (_, at) => at)
  const places =
    generator.places.length === 0
      ? [{ weight: 1, hours: generator.hours, junctions: everywhere }]
      : generator.places.map(({ place, weight, radiusMeters, hours }) => ({
          weight,
          hours: hours.length > 0 ? hours : generator.hours,
          junctions: nearTo(streets, streets.nearest(place), radiusMeters),
        }))
  const totals = places.map(({ hours }) => hours.reduce((sum, figure) => sum + figure, 0))
  const weights = places.reduce((sum, { weight }) => sum + weight, 0)
  /** Orders in the hour of the day from a place, in the mean. */
  const mean = (place: number, hour: number) =>
    totals[place] === 0
      ? 0
      : (generator.perDay * places[place]!.weight * places[place]!.hours[hour % 24]!) /
        (weights * totals[place]!)
  const items = shares(scenario.items.map(({ share }) => share))

  return {
    draw(draws) {
      const [counts, whens, whats] = [draws('orders of an hour'), draws('when'), draws('what')]
      const drafts: OrderDraft[] = []
      const { fromHour, toHour } = scenario.hours
      for (let hour = Math.floor(fromHour); hour < toHour; hour += 1) {
        for (let place = 0; place < places.length; place += 1) {
          const entity = hour * places.length + place
          const count = poisson(counts.of(entity), mean(place, hour))
          const [when, what] = [whens.of(entity), whats.of(entity)]
          for (let nth = 0; nth < count; nth += 1) {
            const second = Math.floor(uniform(when, hour, hour + 1) * 3_600)
            const draft = { second, ...whatAndWhere(what, places[place]!.junctions) }
            if (second >= fromHour * 3_600 && second < toHour * 3_600) drafts.push(draft)
          }
        }
      }
      return columnsOf(drafts)
    },
  }

  function whatAndWhere(stream: Stream, junctions: readonly number[]) {
    const at = junctions[integerBelow(stream, junctions.length)]!
    const item = items(stream)
    return { at, item, colour: integerBelow(stream, scenario.items[item]!.colours.length) }
  }
}

/** The same on every day. */
export function listedOrders({ orders, items }: Scenario, streets: Streets): OrderSource {
  const drafts = orders.listed.map(({ hour, place, item }): OrderDraft => {
    const number = items.findIndex(({ id }) => id === item)
    return { second: secondOf(hour), at: streets.nearest(place), item: number, colour: 0 }
  })
  const columns = columnsOf(drafts)
  return { draw: () => columns }
}

function shares(weights: readonly number[]): (stream: Stream) => number {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return (stream) => {
    let left = stream.uniform() * sum
    const drawn = weights.findIndex((weight) => (left -= weight) < 0)
    return drawn < 0 ? weights.findLastIndex((weight) => weight > 0) : drawn
  }
}

export function columnsOf(drafts: readonly OrderDraft[]): Orders {
  const sorted = drafts.toSorted((one, other) => one.second - other.second)
  const column = (of: (draft: OrderDraft) => number) => Int32Array.from(sorted, of)
  return {
    count: sorted.length,
    second: column(({ second }) => second),
    at: column(({ at }) => at),
    item: column(({ item }) => item),
    colour: column(({ colour }) => colour),
  }
}
