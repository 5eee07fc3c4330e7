// Orders as they were recorded: the same on every day that is simulated from them.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { columnsOf, timedOrders, type OrderSource } from './orders.ts'
import type { Streets } from './streets.ts'

interface Recorded {
  placedAtMs: number
  lon: number
  lat: number
  itemId: string
}

const dayMs = 86_400_000
/** A file that unpacks to more than this is not read. */
const mostBytes = 1024 ** 3
const path = '/orders/recording'

/**
 * Times count from midnight, UTC, of the day of the first order; what no hour covers is left out. A day that was
 * recorded from the platform tells when orders came, but neither where nor of what: that is drawn.
 */
export function recordedOrders(file: string, scenario: Scenario, streets: Streets): OrderSource {
  const document = parse(file)
  if (document.format === 'fabroute-recording') {
    return timedOrders(within(decidedSeconds(document), scenario), scenario, streets)
  }
  const { items } = scenario
  const recorded = read(document)
  const midnightMs = midnightOf(recorded[0]?.placedAtMs ?? 0)
  const itemNumbers = new Map(items.map(({ id }, item) => [id, item]))
  const drafts = recorded.map(({ placedAtMs, itemId, lon, lat }, nth) => {
    const item = itemNumbers.get(itemId)
    if (item === undefined) refuse(`order ${nth} asks for "${itemId}", which is no item here`)
    const second = Math.floor((placedAtMs - midnightMs) / 1_000)
    const colour = nth % items[item]!.colours.length
    return { second, at: streets.nearest({ lon, lat }), item, colour }
  })
  const covered = new Set(
    within(
      drafts.map(({ second }) => second),
      scenario,
    ),
  )
  const orders = columnsOf(drafts.filter(({ second }) => covered.has(second)))
  return { draw: () => orders }
}

interface Document {
  format?: unknown
  orders?: unknown
  decisions?: unknown
}

function midnightOf(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs
}

function within(seconds: readonly number[], { hours }: Scenario): number[] {
  const [from, to] = [hours.fromHour * 3_600, hours.toHour * 3_600]
  return seconds.filter((second) => second >= from && second < to)
}

/** When each stop that was asked for was first decided. */
function decidedSeconds({ decisions }: Document): number[] {
  const first = new Map<string, number>()
  for (const { decidedAtMs, facts } of Array.isArray(decisions) ? decisions : []) {
    for (const { requestId } of facts?.requests ?? []) {
      if (!first.has(requestId)) first.set(requestId, Number(decidedAtMs))
    }
  }
  const times = [...first.values()].filter(Number.isFinite).toSorted((one, other) => one - other)
  if (times.length === 0) refuse('is the recording of a day on which nothing was decided')
  const midnightMs = midnightOf(times[0]!)
  return times.map((atMs) => Math.floor((atMs - midnightMs) / 1_000))
}

function read({ orders }: Document): Recorded[] {
  if (!Array.isArray(orders)) return refuse('must hold a list "orders"')
  const listed: readonly unknown[] = orders
  const wrong = listed.findIndex((one) => !isOrder(one))
  if (wrong >= 0) refuse(`order ${wrong} has no placedAtMs, lon, lat and itemId`)
  return listed.filter(isOrder).toSorted((one, other) => one.placedAtMs - other.placedAtMs)
}

/** Plain JSON, or packed as recordings are. */
function parse(file: string): Document {
  try {
    const bytes = readFileSync(file)
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
    const text = isPacked ? gunzipSync(bytes, { maxOutputLength: mostBytes }) : bytes
    const document: unknown = JSON.parse(text.toString())
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
