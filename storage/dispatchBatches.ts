// Keeps what each dispatch decision was decided from, packed, for as long as a day may be replayed; then it is dropped.
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { DispatchRules } from '../domain/model/dispatchRules.ts'
import type { StopFacts, StopPlan } from '../domain/stopPlan.ts'
import type { Sql } from './storage.ts'

const [pack, unpack] = [promisify(gzip), promisify(gunzip)]

/** A batch as it was decided: the very arguments of the decision, and its result. */
export interface DispatchBatch {
  id: string
  region: string
  decidedAtMs: number
  rulesVersion: number
  rules: DispatchRules
  facts: StopFacts
  plan: StopPlan
}

/** What is older may be forgotten. */
const keptDays = 35
/** So many old ones go with each new one: there is no night on which all of them go. */
const droppedAtOnce = 5

export async function packedBatch({ rules, facts, plan }: DispatchBatch): Promise<Buffer> {
  return await pack(JSON.stringify({ rules, facts, plan }))
}

export async function keepBatch(
  { sql }: { sql: Sql },
  batch: DispatchBatch,
  recording: Buffer,
): Promise<void> {
  const { id, region, decidedAtMs, rulesVersion, facts } = batch
  await sql(
    `with old as (select id from dispatch_batch
         where decided_at < now() - make_interval(days => $8) order by decided_at limit $9),
       dropped as (delete from dispatch_batch d using old where d.id = old.id)
     insert into dispatch_batch (id, region, rules_version, data_version, requests, recording, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      region,
      rulesVersion,
      facts.legs.dataVersion,
      facts.requests.length,
      recording,
      new Date(decidedAtMs),
      keptDays,
      droppedAtOnce,
    ],
  )
}

/** In the order in which they were decided, a page at a time. */
export async function batchesBetween(
  { sql }: { sql: Sql },
  { region, from, to, afterId, limit }: BatchesQuery,
): Promise<DispatchBatch[]> {
  const rows = await sql<BatchRow>(
    `select id, region, rules_version, decided_at, recording from dispatch_batch
     where decided_at >= $1 and decided_at < $2 and ($3::text is null or region = $3) and id > $4
     order by id limit $5`,
    [from, to, region, afterId, limit],
  )
  return await Promise.all(rows.map(unpacked))
}

export interface BatchesQuery {
  /** Null: of all regions. */
  region: string | null
  from: Date
  to: Date
  afterId: string
  limit: number
}

interface BatchRow {
  id: string
  region: string
  rules_version: number
  decided_at: Date
  recording: Buffer
}

async function unpacked(row: BatchRow): Promise<DispatchBatch> {
  const kept: Pick<DispatchBatch, 'rules' | 'facts' | 'plan'> = JSON.parse(
    (await unpack(row.recording)).toString(),
  )
  return {
    id: row.id,
    region: row.region,
    decidedAtMs: row.decided_at.getTime(),
    rulesVersion: row.rules_version,
    ...kept,
  }
}
