// Simulations as rows: asked for by the API, run by a worker, ended once.
import type { Sql } from './storage.ts'

export type SimulationKind = 'run' | 'compare'
export type SimulationState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

/** A scenario with every default, as it is simulated. */
export interface SimulationScenario {
  name: string
  hash: string
  document: Record<string, unknown>
}

export interface SimulationDesign {
  replications: number
  seed: number
  level: number
  warmUpHours: number
}

export interface SimulationArtifact {
  name: string
  mediaType: string
  sha256: string
  sizeBytes: number
}

export interface StoredSimulation {
  id: string
  storefrontId: string
  kind: SimulationKind
  state: SimulationState
  author: string
  scenarios: SimulationScenario[]
  design: SimulationDesign
  done: number
  expected: number
  result: Record<string, unknown> | null
  artifacts: SimulationArtifact[]
  failure: string | null
  createdAt: Date
  endedAt: Date | null
}

export async function addSimulation(
  { sql }: { sql: Sql },
  asked: Pick<
    StoredSimulation,
    'id' | 'storefrontId' | 'kind' | 'author' | 'scenarios' | 'design' | 'expected'
  >,
): Promise<void> {
  const { id, storefrontId, kind, author, scenarios, design, expected } = asked
  await sql(
    `insert into simulation (id, storefront_id, kind, author, scenarios, design, expected)
     values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7)`,
    [id, storefrontId, kind, author, JSON.stringify(scenarios), JSON.stringify(design), expected],
  )
}

export async function simulationById(
  { sql }: { sql: Sql },
  id: string,
): Promise<StoredSimulation | null> {
  const [found] = await sql<StoredSimulation>(`${select} where id = $1`, [id])
  return found ?? null
}

/** Newest first, and only those that are older than `before`. */
export async function simulationsBefore(
  { sql }: { sql: Sql },
  before: string | null,
  limit: number,
): Promise<StoredSimulation[]> {
  return await sql<StoredSimulation>(
    `${select} where ($1::text is null or id < $1) order by id desc limit $2`,
    [before, limit],
  )
}

/** What has ended stays as it ended. */
export async function noteProgress(
  { sql }: { sql: Sql },
  id: string,
  { done, expected }: { done: number; expected: number },
): Promise<void> {
  await sql(
    `update simulation set state = 'running', done = $2, expected = $3
     where id = $1 and state in ('queued', 'running')`,
    [id, done, expected],
  )
}

export async function endSimulation(
  { sql }: { sql: Sql },
  id: string,
  ended: Partial<Pick<StoredSimulation, 'result' | 'artifacts' | 'failure'>> & {
    state: SimulationState
  },
): Promise<void> {
  const { state, result = null, artifacts = [], failure = null } = ended
  await sql(
    `update simulation set state = $2, result = $3::jsonb, artifacts = $4::jsonb, failure = $5,
       ended_at = now()
     where id = $1 and state in ('queued', 'running')`,
    [id, state, result && JSON.stringify(result), JSON.stringify(artifacts), failure],
  )
}

export async function noteSimulationStarted({ sql }: { sql: Sql }, id: string): Promise<void> {
  await sql(
    `update simulation set workflow_started_at = now() where id = $1 and workflow_started_at is null`,
    [id],
  )
}

/** Asked for some time ago, and nobody knows of a start. */
export async function lostSimulations({ sql }: { sql: Sql }, afterSeconds: number) {
  return await sql<Pick<StoredSimulation, 'id' | 'kind'>>(
    `select id, kind from simulation
     where workflow_started_at is null and created_at < now() - make_interval(secs => $1)
     order by created_at limit 20`,
    [afterSeconds],
  )
}

const select = `select id, storefront_id as "storefrontId", kind, state, author, scenarios, design,
    done, expected, result, artifacts, failure, created_at as "createdAt", ended_at as "endedAt"
  from simulation`
