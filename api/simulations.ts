// Simulations over the API: a scenario or a comparison is asked for, runs by itself, and leaves figures and a report.
import { type Static, Type } from 'typebox'
import { DispatchRules } from '../domain/model/dispatchRules.ts'
import { signLink } from '../services/artifacts/links.ts'
import { newId } from '../storage/ids.ts'
import {
  addSimulation,
  noteSimulationStarted,
  simulationById,
  simulationsBefore,
  type StoredSimulation,
} from '../storage/simulations.ts'
import { decodeCursor, page } from './cursor.ts'
import type { ApiDeps } from './deps.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { created, ok, route } from './route.ts'
import { scenarioOf } from './simulationRequest.ts'
import { Id, IdParams, ListOf, Nullable, NullableTime, nullableTime, pageQuery } from './wire.ts'
import { Time, time } from './wire.ts'

const Kind = Type.Union([Type.Literal('run'), Type.Literal('compare')])

const AskedScenario = Type.Object(
  {
    scenario: Type.Union([
      Type.String({ minLength: 1, maxLength: 100, description: 'One that ships, by its name.' }),
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'A scenario as in a file; what is left out is as by default.',
      }),
    ]),
    rules: Type.Optional(DispatchRules),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  { additionalProperties: false, title: 'AskedScenario' },
)

const Simulation = Type.Object(
  {
    object: Type.Literal('simulation'),
    id: Id,
    kind: Kind,
    state: Type.String({ description: 'queued, running, completed, failed or cancelled.' }),
    allowed_actions: Type.Array(Type.String()),
    author: Type.String(),
    scenarios: Type.Array(
      Type.Object(
        { name: Type.String(), hash: Type.String() },
        { additionalProperties: false, title: 'SimulatedScenario' },
      ),
    ),
    replications: Type.Integer(),
    seed: Type.Integer(),
    level: Type.Number(),
    warm_up_hours: Type.Number(),
    progress: Type.Object(
      { done: Type.Integer(), expected: Type.Integer() },
      { additionalProperties: false, title: 'SimulationProgress' },
    ),
    result: Nullable(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Each figure with its interval; of a comparison also the verdict.',
      }),
    ),
    artifacts: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          media_type: Type.String(),
          size_bytes: Type.Integer(),
          sha256: Type.String(),
          url: Type.String({ description: 'Good for an hour, without a key.' }),
        },
        { additionalProperties: false, title: 'SimulationArtifact' },
      ),
    ),
    failure: Nullable(Type.String()),
    created_at: Time,
    ended_at: NullableTime,
  },
  { additionalProperties: false, title: 'Simulation' },
)

export const createSimulation = route(
  {
    method: 'post',
    path: '/v1/simulations',
    scope: 'simulations:create',
    summary: 'Simulate a scenario, or compare two',
    description:
      'Answers at once; the days are simulated by workers, equal ones for equal scenarios and seeds. To compare rules, name one scenario twice with other rules.',
    body: Type.Object(
      {
        kind: Kind,
        scenarios: Type.Array(AskedScenario, { minItems: 1, maxItems: 2 }),
        replications: Type.Integer({ minimum: 2, maximum: 500, default: 20 }),
        seed: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 1 }),
        level: Type.Number({ minimum: 0.5, maximum: 0.999, default: 0.95 }),
        warm_up_hours: Type.Number({ minimum: 0, maximum: 23, default: 0 }),
        author: Type.String({ minLength: 1, maxLength: 100, description: 'Who asks.' }),
      },
      { additionalProperties: false, title: 'SimulationRequest' },
    ),
    responses: { 201: Simulation },
    idempotent: true,
  },
  async ({ body, tenant: { storefrontId }, deps, claim }) => {
    const wanted = body.kind === 'run' ? 1 : 2
    if (body.scenarios.length !== wanted) {
      const detail = `A ${body.kind} has ${wanted === 1 ? 'one scenario' : 'two scenarios'}.`
      throw refuse('invalid_request', { param: '/scenarios', detail })
    }
    const scenarios = body.scenarios.map((one, nth) => scenarioOf(one, `/scenarios/${nth}`))
    const { kind, author, replications, seed, level } = body
    const design = { replications, seed, level, warmUpHours: body.warm_up_hours }
    const id = newId('sim')
    const asked = { id, storefrontId, kind, author, scenarios, design, expected: replications }
    const answer = await deps.storage.asTenant(storefrontId, async (tx) => {
      await addSimulation(tx, asked)
      const view = simulationView(await present(tx, id), deps)
      const given = created(view, { Location: `/v1/simulations/${id}` })
      await claim?.seal(tx, given)
      return given
    })
    startSoon(deps, storefrontId, asked)
    return answer
  },
)

export const listSimulations = route(
  {
    method: 'get',
    path: '/v1/simulations',
    scope: 'simulations:read',
    summary: 'List simulations, newest first',
    query: Type.Object(pageQuery, { additionalProperties: false }),
    responses: { 200: ListOf(Simulation, 'SimulationList') },
  },
  async ({ query: { limit = limits.page.default, cursor }, tenant, deps }) => {
    const [before = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await deps.storage.asTenant(tenant.storefrontId, (tx) =>
      simulationsBefore(tx, before, limit + 1),
    )
    return ok(
      page(rows, limit, {
        toWire: (row) => simulationView(row, deps),
        keysOf: ({ id }) => [id],
      }),
    )
  },
)

export const getSimulation = route(
  {
    method: 'get',
    path: '/v1/simulations/{id}',
    scope: 'simulations:read',
    summary: 'One simulation, how far it is and what it found',
    params: IdParams,
    responses: { 200: Simulation },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps }) =>
    versioned(simulationView(await own(deps, tenant.storefrontId, id), deps)),
)

export const cancelSimulation = route(
  {
    method: 'post',
    path: '/v1/simulations/{id}/cancel',
    scope: 'simulations:create',
    summary: 'Cancel a simulation',
    description: 'It ends as cancelled within some seconds; one that has ended stays as it is.',
    params: IdParams,
    responses: { 202: Simulation },
    idempotent: true,
  },
  async ({ params: { id }, tenant: { storefrontId }, deps }) => {
    const simulation = await own(deps, storefrontId, id)
    if (!isOpen(simulation)) throw refuse('state_conflict', { detail: 'The simulation has ended.' })
    await deps.simulationWorkflow.cancel(id)
    return { status: 202, body: simulationView(simulation, deps) }
  },
)

const linkLastsMs = 3_600e3
const isOpen = ({ state }: StoredSimulation) => state === 'queued' || state === 'running'

async function own({ storage }: ApiDeps, storefrontId: string, id: string) {
  return await storage.asTenant(storefrontId, (tx) => present(tx, id))
}

async function present(tx: Parameters<typeof simulationById>[0], id: string) {
  const found = await simulationById(tx, id)
  if (!found) throw refuse('not_found')
  return found
}

/** A start that is lost here is the relay's. */
function startSoon(
  { simulationWorkflow, storage, log }: ApiDeps,
  storefrontId: string,
  asked: { id: string; kind: string },
): void {
  const started = async () => {
    await simulationWorkflow.start(asked)
    await storage.asTenant(storefrontId, (tx) => noteSimulationStarted(tx, asked.id))
  }
  started().catch((error: unknown) => {
    const name = error instanceof Error ? error.name : 'unknown'
    log.warn({ simulationId: asked.id, error: name }, 'start left to the relay')
  })
}

function simulationView(
  row: StoredSimulation,
  { settings, nowMs }: Pick<ApiDeps, 'settings' | 'nowMs'>,
): Static<typeof Simulation> {
  // The same for all who ask within some minutes, so that an ETag holds.
  const expiresAtMs = Math.ceil((nowMs() + linkLastsMs) / 600e3) * 600e3
  return {
    object: 'simulation',
    id: row.id,
    kind: row.kind,
    state: row.state,
    allowed_actions: isOpen(row) ? ['cancel'] : [],
    author: row.author,
    scenarios: row.scenarios.map(({ name, hash }) => ({ name, hash })),
    replications: row.design.replications,
    seed: row.design.seed,
    level: row.design.level,
    warm_up_hours: row.design.warmUpHours,
    progress: { done: row.done, expected: row.expected },
    result: row.result,
    artifacts: row.artifacts.map(({ name, mediaType, sizeBytes, sha256 }) => ({
      name,
      media_type: mediaType,
      size_bytes: sizeBytes,
      sha256,
      url: signLink({ sha256, expiresAtMs }, settings.dataKey),
    })),
    failure: row.failure,
    created_at: time(row.createdAt),
    ended_at: nullableTime(row.endedAt),
  }
}
