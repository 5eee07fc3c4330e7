// Orders as they were recorded, or drawn like them: from recordings of the platform, and from lists of orders.
import { checkRecording } from '../recording/format.ts'
import { type Cell, isInCell } from '../recording/cells.ts'
import { readJsonNow } from '../recording/file.ts'
import type { RecordedOrder } from '../recording/recording.ts'
import { ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { fitPlaces } from './fitPlaces.ts'
import { drawnOrders, playedOrders, type OrderSource, type PastOrder } from './orders.ts'
import type { Streets } from './streets.ts'

const dayMs = 86_400_000

/**
 * The same orders on every day that is simulated; what a recording does not tell is drawn, such as where in its square
 * an order was wanted. Times count from midnight, UTC, of the day of the first; what no hour covers is left out.
 */
export function recordedOrders(file: string, scenario: Scenario, streets: Streets): OrderSource {
  const path = '/orders/recording'
  const { fromHour, toHour } = scenario.hours
  const reading = { path, scenario, junctionsIn: junctionsOnce(streets) }
  const past = pastOrders(read(file, path), reading)
  const covered = past.filter(({ second }) => second >= fromHour * 3_600 && second < toHour * 3_600)
  return playedOrders(covered, scenario, streets)
}

/** Days like those that were recorded: as many orders by hour and place, each like one that came from there. */
export function fittedOrders(
  files: readonly string[],
  scenario: Scenario,
  streets: Streets,
): OrderSource {
  const junctionsIn = junctionsOnce(streets)
  const days = files.map((file, at) => {
    const path = files.length === 1 ? '/orders/fittedTo' : `/orders/fittedTo/${at}`
    return pastOrders(read(file, path), { path, scenario, junctionsIn })
  })
  return drawnOrders(fitPlaces(days.flat(), days.length, streets.places), scenario)
}

interface Listed {
  placedAtMs: number
  lon: number
  lat: number
  itemId: string
}

interface RecordedDay {
  midnightMs: number
  orders: readonly RecordedOrder[]
}

function read(file: string, path: string): RecordedDay {
  const document = orRefuse(path, () => readJsonNow(file))
  const fields: { format?: unknown; orders?: unknown } = Object(document)
  if (fields.format === undefined) {
    const orders = listedOrders(fields.orders, path)
    return { midnightMs: Math.floor((orders[0]?.placedAtMs ?? 0) / dayMs) * dayMs, orders }
  }
  const { day, orders } = orRefuse(path, () => checkRecording(document, 'the file'))
  if (orders.length === 0) refuse(path, 'is the recording of a day on which nothing was ordered')
  return { midnightMs: Date.parse(day), orders }
}

function listedOrders(orders: unknown, path: string): RecordedOrder[] {
  if (!Array.isArray(orders)) return refuse(path, 'must hold a list "orders"')
  const listed: readonly unknown[] = orders
  const wrong = listed.findIndex((one) => !isListed(one))
  if (wrong >= 0) refuse(path, `order ${wrong} has no placedAtMs, lon, lat and itemId`)
  return listed
    .filter(isListed)
    .map(orderOf)
    .toSorted((one, other) => one.placedAtMs - other.placedAtMs)
}

function orderOf({ placedAtMs, lon, lat, itemId: item }: Listed): RecordedOrder {
  const cell = { lon, lat, meters: 0 }
  const never = { promisedMinutes: null, deliveredMinutes: null, fetchedMinutes: null }
  return { placedAtMs, cell, item, units: 1, method: null, ...never }
}

function isListed(one: unknown): one is Listed {
  if (typeof one !== 'object' || one === null) return false
  const fields: Partial<Record<keyof Listed, unknown>> = one
  const { placedAtMs, lon, lat, itemId } = fields
  return [placedAtMs, lon, lat].every(Number.isFinite) && typeof itemId === 'string'
}

interface Reading {
  path: string
  scenario: Scenario
  junctionsIn: (cell: Cell) => number[]
}

/** An order for three is three orders at one door: the plant makes and brings them one by one. */
function pastOrders(
  { midnightMs, orders }: RecordedDay,
  { path, scenario, junctionsIn }: Reading,
): PastOrder[] {
  const items = itemsNamed(orders, scenario, path)
  return orders.flatMap((order, nth) => {
    const { cell, placedAtMs } = order
    const item = order.item === null ? null : items.get(order.item)!
    const colours = item === null ? 1 : scenario.items[item]!.colours.length
    const past: PastOrder = {
      second: Math.floor((placedAtMs - midnightMs) / 1_000),
      junctions: cell && junctionsIn(cell),
      item,
      colour: cell?.meters === 0 ? nth % colours : null,
      known: knownOf(order, scenario.orders.waysAsRecorded),
    }
    return Array.from({ length: order.units }, () => past)
  })
}

function knownOf(
  { method, promisedMinutes, fetchedMinutes }: RecordedOrder,
  waysAsRecorded: boolean,
): PastOrder['known'] {
  if (method === null && promisedMinutes === null) return undefined
  const way = method === 'pickup' ? 'fetched' : 'brought'
  return {
    way: waysAsRecorded && method !== null ? way : null,
    agreedSeconds: Math.round((promisedMinutes ?? 0) * 60),
    fetchSeconds: fetchedMinutes === null ? null : Math.round(fetchedMinutes * 60),
  }
}

/** By the name in the recording: the item that `itemsAs` says, or that is called so, in capitals or not. */
function itemsNamed(
  orders: readonly RecordedOrder[],
  { items, orders: { itemsAs } }: Scenario,
  path: string,
): Map<string, number> {
  const called = new Map(items.map(({ id }, item) => [plain(id), item]))
  const named = new Map<string, number>()
  const strangers = new Set<string>()
  for (const { item } of orders) {
    if (item === null) continue
    const number = called.get(plain(itemsAs[item] ?? item))
    if (number === undefined) strangers.add(item)
    else named.set(item, number)
  }
  if (strangers.size === 0) return named
  const told = [...strangers].toSorted().map((name) => `"${name}"`)
  return refuse(
    path,
    `asks for ${told.join(', ')}, which is no item here: say in /orders/itemsAs what stands for it`,
  )
}

const plain = (name: string) => name.trim().toLowerCase()

/** Of a square all junctions in it, or the nearest to its middle. */
function junctionsOnce({ lon, lat, places, nearest }: Streets): (cell: Cell) => number[] {
  const known = new Map<string, number[]>()
  const find = (cell: Cell) => {
    const all = cell.meters === 0 ? [] : Array.from({ length: places }, (_, at) => at)
    const within = all.filter((at) => isInCell({ lon: lon[at]!, lat: lat[at]! }, cell))
    return within.length > 0 ? within : [nearest(cell)]
  }
  return (cell) => {
    const key = `${cell.lon} ${cell.lat} ${cell.meters}`
    const junctions = known.get(key) ?? find(cell)
    known.set(key, junctions)
    return junctions
  }
}

function orRefuse<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    return refuse(path, error instanceof Error ? error.message : String(error))
  }
}

function refuse(path: string, message: string): never {
  throw new ScenarioError([{ path, message }])
}
