// `npm run sim -- record`: takes a day of the platform out of its database, to be decided again wherever one likes.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { batchesBetween, type DispatchBatch } from '../../storage/dispatchBatches.ts'
import { stopOutcomes, type StopOutcome } from '../../storage/stopOutcomes.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { writeRecording } from '../recording/file.ts'
import { numbering } from '../recording/numbered.ts'
import { type Recording, recordingVersion, rulesKey } from '../recording/recording.ts'
import { replay } from '../recording/replay.ts'
import { type Command, type Context, readFlags, UsageError } from './command.ts'

const help = `Usage: npm run sim -- record --day <YYYY-MM-DD> --out <file.json.gz> [--region NAME]

Writes every dispatch decision of a day (UTC) with exactly what it was decided from, and what became of it. Orders
and buyers are left out: fulfilments are numbered, places are indexes into a table of travel times.
The platform keeps what it decided from for 35 days.

  --day DAY      the day, in UTC; today is what there is so far
  --out FILE     the recording; npm run sim -- replay FILE decides it again
  --region NAME  one region alone

DATABASE_URL names the database; else it is the one that \`npm start\` runs from this folder.`

export const record: Command = {
  summary: 'takes a day of dispatch decisions out of the platform',
  help,
  async run(args, context) {
    const flags = {
      day: { type: 'string' },
      out: { type: 'string' },
      region: { type: 'string' },
    } as const
    const { values } = readFlags(args, flags, [])
    const { day, out, region = null } = values
    if (day === undefined || out === undefined) throw new UsageError('--day and --out are needed')
    const from = new Date(`${day}T00:00:00Z`)
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(from.getTime())) {
      throw new UsageError(`--day is a date such as 2026-11-21, not "${day}"`)
    }
    const storage = await openStorage({ url: databaseUrl(context), applicationName: 'record' })
    try {
      const recording = await recorded(storage, { day, region, from }, context)
      const where = region === null ? '' : ` in ${region}`
      if (recording.decisions.length === 0) throw new Error(`nothing was decided on ${day}${where}`)
      const { equal, decisions, stops } = replay(recording)
      const bytes = await writeRecording(out, recording)
      context.screen.say(
        `${decisions} decisions about ${stops} stops, ${Math.ceil(bytes / 1000)} kB in ${out}; ` +
          `decided again: ${equal} of ${decisions} equal`,
      )
    } finally {
      await storage.close()
    }
  },
}

interface Wanted {
  day: string
  region: string | null
  from: Date
}

const pageSize = 200

async function recorded(
  storage: Storage,
  { day, region, from }: Wanted,
  { screen, signal }: Context,
): Promise<Recording> {
  const to = new Date(from.getTime() + 86_400e3)
  const batches: DispatchBatch[] = []
  for (let page = [...batches]; ;) {
    signal.throwIfAborted()
    const afterId = page.at(-1)?.id ?? ''
    page = await batchesBetween(storage, { region, from, to, afterId, limit: pageSize })
    batches.push(...page)
    if (page.length < pageSize) break
    screen.say(`${batches.length} decisions read`)
  }
  const ids = new Set(batches.flatMap(({ plan }) => plan.stops.map((one) => one.requestId)))
  return recordingOf({ day, region }, batches, await stopOutcomes(storage, [...ids]))
}

function recordingOf(
  { day, region }: Pick<Wanted, 'day' | 'region'>,
  batches: readonly DispatchBatch[],
  outcomes: readonly StopOutcome[],
): Recording {
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

/** Of the environment, else of the platform that was started here. */
function databaseUrl({ env }: Context): string {
  const { DATABASE_URL: given } = env
  if (given !== undefined) return given
  const { postgres: port } = noted<{ postgres?: number }>('ports.json')
  const { postgresPassword: password } = noted<{ postgresPassword?: string }>('secrets.json')
  if (port === undefined || password === undefined) {
    throw new Error('no platform was started from this folder: set DATABASE_URL, or `npm start` it')
  }
  return `postgres://fabroute:${password}@127.0.0.1:${port}/fabroute`
}

function noted<T extends object>(name: string): Partial<T> {
  try {
    const found: Partial<T> = JSON.parse(readFileSync(resolve('.fabroute', name), 'utf8'))
    return found
  } catch {
    return {}
  }
}
