// Orders as they were recorded: the same on every day that is simulated from them.
import { readFileSync } from 'node:fs'
import { ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { columnsOf, type OrderSource } from './orders.ts'
import type { Streets } from './streets.ts'

interface Recorded {
  placedAtMs: number
  lon: number
  lat: number
  itemId: string
}

const dayMs = 86_400_000
const path = '/orders/recording'

/** Times count from midnight, UTC, of the day of the first order; what no hour covers is left out. */
export function recordedOrders(file: string, scenario: Scenario, streets: Streets): OrderSource {
  const { items, hours } = scenario
  const recorded = read(file)
  const midnightMs = Math.floor((recorded[0]?.placedAtMs ?? 0) / dayMs) * dayMs
  const itemNumbers = new Map(items.map(({ id }, item) => [id, item]))
  const drafts = recorded.map(({ placedAtMs, itemId, lon, lat }, nth) => {
    const item = itemNumbers.get(itemId)
    if (item === undefined) refuse(`order ${nth} asks for "${itemId}", which is no item here`)
    const second = Math.floor((placedAtMs - midnightMs) / 1_000)
    const colour = nth % items[item]!.colours.length
    return { second, at: streets.nearest({ lon, lat }), item, colour }
  })
  const within = drafts.filter(
    ({ second }) => second >= hours.fromHour * 3_600 && second < hours.toHour * 3_600,
  )
  const orders = columnsOf(within)
  return { draw: () => orders }
}

function read(file: string): Recorded[] {
  const { orders } = parse(file)
  if (!Array.isArray(orders)) return refuse('must hold a list "orders"')
  const listed: readonly unknown[] = orders
  const wrong = listed.findIndex((one) => !isOrder(one))
  if (wrong >= 0) refuse(`order ${wrong} has no placedAtMs, lon, lat and itemId`)
  return listed.filter(isOrder).toSorted((one, other) => one.placedAtMs - other.placedAtMs)
}

function parse(file: string): { orders?: unknown } {
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof document === 'object' && document !== null) return document
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return refuse('must hold a JSON object')
}

function isOrder(one: unknown): one is Recorded {
  if (typeof one !== 'object' || one === null) return false
  const fields: Partial<Record<keyof Recorded, unknown>> = one
  const { placedAtMs, lon, lat, itemId } = fields
  return [placedAtMs, lon, lat].every(Number.isFinite) && typeof itemId === 'string'
}

function refuse(message: string): never {
  throw new ScenarioError([{ path, message }])
}
