// `npm run sim -- record`: takes a day of the platform out of its database, to be decided again wherever one likes.
import { dirname } from 'node:path'
import {
  batchesBetween,
  type BatchesQuery,
  type DispatchBatch,
} from '../../storage/dispatchBatches.ts'
import { placedOrders } from '../../storage/placedOrders.ts'
import { stopOutcomes, type StopOutcome } from '../../storage/stopOutcomes.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { leastBuyers } from '../recording/cells.ts'
import { writeRecording } from '../recording/file.ts'
import { numbering } from '../recording/numbered.ts'
import { type Recording, recordingVersion, rulesKey } from '../recording/recording.ts'
import { replay } from '../recording/replay.ts'
import { type Command, type Context, readFlags, UsageError } from './command.ts'
import { proveWritable } from './outFolder.ts'
import { platformHere } from './platformHere.ts'
import { recordOrders } from './recordOrders.ts'

const help = `Usage: npm run sim -- record --day <YYYY-MM-DD> --out <file.json.gz> [flags]

Writes what was ordered on a day (UTC), every dispatch decision with exactly
what it was decided from, and what became of it. replay decides it again; a
scenario plays its orders ("recording"), or draws days like it ("fittedTo").
The platform keeps what it decided from for 35 days.

Orders are told without ids and buyers: the second, the item, the way, how long
the buyer agreed to wait, and the square of 250 m or more in which it was
wanted, the smallest that ${leastBuyers} buyers shared. Fulfilments are numbered, their
places are indexes into a table of travel times: whoever knows where the trucks
were can reckon places from it, so a file for others is one of orders alone.

  --day DAY         the day, in UTC; today is what there is so far
  --out FILE        the recording; npm run sim -- replay FILE decides it again
  --region NAME     one region alone
  --orders-only     without decisions and what became of them: enough to
                    simulate, nothing to replay
  --without-places  says of no order where it was wanted, and needs no DATA_KEY

DATABASE_URL and DATA_KEY name the database and the key of its personal data;
else they are those that \`npm start\` runs with from this folder.`

export const record: Command = {
  summary: 'takes a day of orders and dispatch decisions out of the platform',
  help,
  async run(args, context) {
    const flags = {
      day: { type: 'string' },
      out: { type: 'string' },
      region: { type: 'string' },
      'orders-only': { type: 'boolean' },
      'without-places': { type: 'boolean' },
    } as const
    const { values } = readFlags(args, flags, [])
    const { day, out, region = null, 'orders-only': ordersOnly = false } = values
    const withPlaces = !values['without-places']
    if (day === undefined || out === undefined) throw new UsageError('--day and --out are needed')
    const from = new Date(`${day}T00:00:00Z`)
    if (Number.isNaN(from.getTime()) || from.toISOString().slice(0, 10) !== day) {
      throw new UsageError(`--day is a date such as 2026-11-21, not "${day}"`)
    }
    await proveWritable(dirname(out))
    const { databaseUrl: url, dataKey } = platformHere(context.env)
    if (withPlaces && dataKey === undefined) {
      throw new Error(
        'places are ciphertext: set DATA_KEY, or leave them out with --without-places',
      )
    }
    const storage = await openStorage({ url, dataKey, applicationName: 'record' })
    try {
      const wanted = { day, region, from, ordersOnly, withPlaces }
      const recording = await recorded(storage, wanted, context)
      const bytes = await writeRecording(out, recording)
      context.screen.say(recordedInWords(recording, `${Math.ceil(bytes / 1000)} kB in ${out}`))
    } finally {
      await storage.close()
    }
  },
}

function recordedInWords(recording: Recording, kept: string): string {
  const { orders } = recording
  const placeless = orders.filter(({ cell }) => cell === null).length
  const sides = orders.flatMap(({ cell }) => cell?.meters ?? []).toSorted((a, b) => a - b)
  const middle = sides[Math.floor(sides.length / 2)]
  const where = [
    ...(middle === undefined ? [] : [`half of them within squares of ${middle} m`]),
    ...(placeless === 0 ? [] : [`${placeless} without a place`]),
  ]
  const told = [`${orders.length} orders`, ...where].join(', ')
  if (recording.decisions.length === 0) return `${told}; no decisions; ${kept}`
  const { equal, decisions, stops } = replay(recording)
  const again = `decided again: ${equal} of ${decisions} equal`
  return `${told}; ${decisions} decisions about ${stops} stops; ${kept}\n${again}`
}

interface Wanted {
  day: string
  region: string | null
  from: Date
  ordersOnly: boolean
  withPlaces: boolean
}

const pageSize = 200

async function recorded(
  storage: Storage,
  { day, region, from, ordersOnly, withPlaces }: Wanted,
  { screen, signal }: Context,
): Promise<Recording> {
  const to = new Date(from.getTime() + 86_400e3)
  const read = async <T extends { id: string }>(what: string, page: ReadPage<T>) => {
    const all: T[] = []
    for (let afterId = ''; ; afterId = all.at(-1)!.id) {
      signal.throwIfAborted()
      const rows = await page({ region, from, to, afterId, limit: pageSize })
      all.push(...rows)
      if (rows.length < pageSize) return all
      screen.say(`${all.length} ${what} read`)
    }
  }
  const placed = await read('orders', (query) => placedOrders(storage, { ...query, withPlaces }))
  const batches = ordersOnly
    ? []
    : await read('decisions', (query) => batchesBetween(storage, query))
  if (placed.length + batches.length === 0) {
    const where = region === null ? '' : ` in ${region}`
    throw new Error(`nothing was ordered or decided on ${day}${where}`)
  }
  const ids = new Set(batches.flatMap(({ plan }) => plan.stops.map((one) => one.requestId)))
  const outcomes = await stopOutcomes(storage, [...ids])
  return { ...recordingOf({ day, region }, batches, outcomes), orders: recordOrders(placed) }
}

type ReadPage<T> = (query: BatchesQuery) => Promise<T[]>

function recordingOf(
  { day, region }: Pick<Wanted, 'day' | 'region'>,
  batches: readonly DispatchBatch[],
  outcomes: readonly StopOutcome[],
): Omit<Recording, 'orders'> {
  const { numbered } = numbering(batches.flatMap(fulfilmentsIn))
  const rules = new Map(
    batches.map((batch) => [rulesKey(batch.region, batch.rulesVersion), batch.rules]),
  )
  return {
    format: 'fabroute-recording',
    version: recordingVersion,
    day,
    region,
    rules: Object.fromEntries(rules),
    decisions: batches.map(({ decidedAtMs, rulesVersion, ...batch }) => ({
      region: batch.region,
      decidedAtMs,
      rulesVersion,
      facts: numbered(batch.facts),
      plan: numbered(batch.plan),
    })),
    outcomes: outcomes.map(({ requestId, state, vehicleId, promise, deliveredAtMs, parts }) => ({
      requestId: numbered(requestId),
      state,
      vehicleId,
      p50AtMs: promise.p50AtMs,
      p95AtMs: promise.p95AtMs,
      deliveredAtMs,
      parts,
    })),
  }
}

/** Asked for, or on a list from before. */
function fulfilmentsIn({ facts }: DispatchBatch): string[] {
  const onLists = facts.vehicles.flatMap(({ stops }) =>
    stops.flatMap(({ stopId }) => (stopId.startsWith('stop-ful_') ? stopId.slice(5) : [])),
  )
  const asked = [...facts.requests, ...facts.named].map(({ requestId }) => requestId)
  return [...asked, ...onLists]
}
