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
  /** What is known of buyers that were recorded; others are as the scenario draws them. */
  known: readonly (KnownBuyer | undefined)[]
}

export interface KnownBuyer {
  /** How it was had; null where buyers choose. */
  way: 'brought' | 'fetched' | null
  /** So long the buyer agreed to wait; 0 where that is not known. */
  agreedSeconds: number
  /** From lying ready until it was fetched. */
  fetchSeconds: number | null
}

export type Draws = (purpose: string) => Purpose

interface OrderDraft {
  second: number
  at: number
  item: number
  colour: number
  known?: KnownBuyer | undefined
}

export interface OrderSource {
  draw: (draws: Draws) => Orders
}

/** What the draws need is looked up once. */
export function orderSource(scenario: Scenario, streets: Streets): OrderSource {
  return drawnOrders(orderPlaces(scenario, streets), scenario)
}

/** A Poisson stream by hour and place. */
export function drawnOrders(places: readonly OrderPlaces[], scenario: Scenario): OrderSource {
  const items = itemShares(scenario)
  return {
    draw(draws) {
      const [counts, whens, whats] = [draws('orders of an hour'), draws('when'), draws('what')]
      const drafts: OrderDraft[] = []
      const { fromHour, toHour } = scenario.hours
      for (let hour = Math.floor(fromHour); hour < toHour; hour += 1) {
        for (const [nth, place] of places.entries()) {
          const entity = hour * places.length + nth
          const count = poisson(counts.of(entity), place.perHour[hour % 24]!)
          const [when, what] = [whens.of(entity), whats.of(entity)]
          for (let drawn = 0; drawn < count; drawn += 1) {
            const second = Math.floor(uniform(when, hour, hour + 1) * 3_600)
            const draft = { second, ...whatAndWhere(scenario, items, what, place) }
            if (second >= fromHour * 3_600 && second < toHour * 3_600) drafts.push(draft)
          }
        }
      }
      return columnsOf(drafts)
    },
  }
}

export interface PastOrder {
  second: number
  /** Where it may have been wanted; null where that is not known. */
  junctions: readonly number[] | null
  /** Null where it is drawn. */
  item: number | null
  colour: number | null
  known: KnownBuyer | undefined
}

/** At the seconds at which they came; what is not known of them is drawn as the generator draws it. */
export function playedOrders(
  past: readonly PastOrder[],
  scenario: Scenario,
  streets: Streets,
): OrderSource {
  const places = orderPlaces(scenario, streets)
  const items = itemShares(scenario)
  const placeAt = Array.from({ length: 24 }, (_, hour) => {
    const weights = places.map(({ perHour }) => perHour[hour]!)
    return shares(weights.some((weight) => weight > 0) ? weights : places.map(() => 1))
  })
  return {
    draw(draws) {
      const whats = draws('what')
      const drafts = past.map(({ second, junctions, ...likes }, nth): OrderDraft => {
        const what = whats.of(nth)
        const drawn =
          junctions ?? places[placeAt[Math.floor(second / 3_600) % 24]!(what)]!.junctions
        const place = { junctions: drawn, likes: [likes] }
        return { second, ...whatAndWhere(scenario, items, what, place) }
      })
      return columnsOf(drafts)
    },
  }
}

export interface OrderPlaces {
  junctions: readonly number[]
  /** Orders in each hour of the day, in the mean. */
  perHour: readonly number[]
  /** Orders that came from here: each that is drawn is like one of them. */
  likes?: readonly Pick<PastOrder, 'item' | 'colour' | 'known'>[]
}

function orderPlaces({ orders }: Scenario, streets: Streets): OrderPlaces[] {
  const { generator } = orders
  const everywhere = { weight: 1, hours: generator.hours }
  const junctions = Array.from({ length: streets.places }, (_, at) => at)
  const places =
    generator.places.length === 0
      ? [{ ...everywhere, junctions }]
      : generator.places.map(({ place, weight, radiusMeters, hours }) => ({
          weight,
          hours: hours.length > 0 ? hours : generator.hours,
          junctions: nearTo(streets, streets.nearest(place), radiusMeters),
        }))
  const weights = places.reduce((sum, { weight }) => sum + weight, 0)
  return places.map(({ weight, hours, junctions: near }) => {
    const total = hours.reduce((sum, figure) => sum + figure, 0)
    const perDay = (generator.perDay * weight) / weights
    return {
      junctions: near,
      perHour: hours.map((figure) => (total === 0 ? 0 : (perDay * figure) / total)),
    }
  })
}

function whatAndWhere(
  { items }: Scenario,
  itemOf: (stream: Stream) => number,
  stream: Stream,
  { junctions, likes = [] }: Pick<OrderPlaces, 'junctions' | 'likes'>,
) {
  const at = junctions[integerBelow(stream, junctions.length)]!
  const like = likes.length > 1 ? likes[integerBelow(stream, likes.length)] : likes[0]
  const item = like?.item ?? itemOf(stream)
  const colour = like?.colour ?? integerBelow(stream, items[item]!.colours.length)
  return { at, item, colour, known: like?.known }
}

function itemShares({ items }: Scenario): (stream: Stream) => number {
  return shares(items.map(({ share }) => share))
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
    known: sorted.map(({ known }) => known),
  }
}
