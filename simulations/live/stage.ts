// The day that both sides play: who orders what, when and where, and what is planned to become of it.
import type { Day, DayTables } from '../day.ts'
import { buyersOf, type Buyer } from '../plant/buyers.ts'
import { simulateDay } from '../plant/day.ts'
import { drawsOf } from '../plant/draws.ts'
import { secondOf } from '../plant/layout.ts'
import type { Draws, Orders } from '../plant/orders.ts'
import { prepare, type Prepared } from '../plant/prepare.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface Stage {
  prepared: Prepared
  draws: Draws
  orders: Orders
  buyer: (order: number) => Buyer
  plan: Day & { tables: DayTables }
  /** When the curtain rises: a little before the first order. */
  startSecond: number
  /** After this nothing is waited for. */
  endSecond: number
}

export interface Wanted {
  seed: number
  replication: number
  /** The first so many orders; null for all. */
  orders: number | null
}

/** So long before the first order trucks are on the road and machines are heard of. */
const leadSeconds = 120

export function setStage(scenario: Scenario, { seed, replication, orders: most }: Wanted): Stage {
  const whole = prepare(scenario)
  const source = { draw: (of: Draws) => firstOf(whole.source.draw(of), most) }
  const prepared = { ...whole, source }
  const draws = drawsOf(seed, replication)
  const orders = source.draw(draws)
  if (orders.count === 0) throw new Error('nobody orders anything in these hours of the scenario')
  const { fromHour, toHour, drainMinutes } = scenario.hours
  const buyers = buyersOf(scenario.buyers, draws, orders)
  const known: Buyer[] = []
  const plan = simulateDay(prepared, { seed, replication, warmUpHours: 0, tables: true })
  if (plan.tables === null) throw new Error('a day that was asked for with its tables has them')
  const lastSecond = most === null ? secondOf(toHour) : orders.second.at(-1)!
  return {
    prepared,
    draws,
    orders,
    buyer: (order) => (known[order] ??= buyers(order)),
    plan: { ...plan, tables: plan.tables },
    startSecond: Math.max(secondOf(fromHour), orders.second[0]! - leadSeconds),
    endSecond: lastSecond + drainMinutes * 60,
  }
}

/** They come in the order of their times. */
function firstOf(orders: Orders, most: number | null): Orders {
  if (most === null || most >= orders.count) return orders
  return {
    ...orders,
    count: most,
    second: orders.second.slice(0, most),
    at: orders.at.slice(0, most),
    item: orders.item.slice(0, most),
    colour: orders.colour.slice(0, most),
    known: orders.known.slice(0, most),
  }
}
