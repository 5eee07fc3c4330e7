// The rules of dispatch of a region: read, changed and taken back as versions that say who and why.
import { Type, type Static } from 'typebox'
import { DispatchRules } from '../domain/model/dispatchRules.ts'
import {
  addDispatchRules,
  dispatchRulesInForce,
  dispatchRulesVersion,
  dispatchRulesVersions,
  type DispatchRulesVersion,
  type RulesChange,
} from '../storage/rules.ts'
import type { Sql, Tx } from '../storage/storage.ts'
import { decodeCursor, page } from './cursor.ts'
import { requireMatch, versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route, type JsonAnswer } from './route.ts'
import { Id, ListOf, Nullable, NullableTime, nullableTime, pageQuery } from './wire.ts'

const Region = Type.Object({ region: Id }, { additionalProperties: false })

const RulesVersion = Type.Object(
  {
    object: Type.Literal('dispatch_rules'),
    region: Id,
    version: Type.Integer({
      minimum: 0,
      description: 'Rises by one with each change; 0 are the defaults of the platform.',
    }),
    rules: DispatchRules,
    author: Type.String(),
    reason: Type.String(),
    restored_version: Nullable(
      Type.Integer({ description: 'The earlier version that this one brought back.' }),
    ),
    simulation_id: Nullable(Type.String({ description: 'The simulation that spoke for it.' })),
    created_at: NullableTime,
  },
  { additionalProperties: false, title: 'DispatchRulesVersion' },
)

const why = {
  author: Type.String({ minLength: 1, maxLength: 100, description: 'Who answers for the change.' }),
  reason: Type.String({ minLength: 1, maxLength: 500, description: 'Why; kept with the version.' }),
}

export const getDispatchRules = route(
  {
    method: 'get',
    path: '/v1/regions/{region}/dispatch_rules',
    scope: 'rules:read',
    summary: 'The dispatch rules that are in force',
    params: Region,
    responses: { 200: RulesVersion },
    versioned: true,
  },
  async ({ params: { region }, deps: { storage } }) => {
    await requireRegion(storage, region)
    return versioned(versionView(region, await dispatchRulesInForce(storage, region)))
  },
)

export const changeDispatchRules = route(
  {
    method: 'put',
    path: '/v1/regions/{region}/dispatch_rules',
    scope: 'rules:change',
    summary: 'Put new dispatch rules in force',
    description:
      'Makes a new version; the next decision in the region goes by it. Nothing that was promised is taken back.',
    params: Region,
    body: Type.Object(
      { rules: DispatchRules, ...why, simulation_id: Type.Optional(Id) },
      { additionalProperties: false, title: 'DispatchRulesChange' },
    ),
    responses: { 200: RulesVersion },
    versioned: true,
    guarded: true,
  },
  async ({ params: { region }, body, headers, tenant, deps: { storage } }) =>
    await storage.asTenant(tenant.storefrontId, async (tx) => {
      const inForce = await presentRules(tx, region, headers)
      const { rules, author, reason, simulation_id: simulationId = null } = body
      const change = { region, rules, author, reason, simulationId, restoredVersion: null }
      return await answerChange(tx, { ...change, after: inForce.version })
    }),
)

export const restoreDispatchRules = route(
  {
    method: 'post',
    path: '/v1/regions/{region}/dispatch_rules/restore',
    scope: 'rules:change',
    summary: 'Take changes back: an earlier version becomes the newest',
    params: Region,
    body: Type.Object(
      {
        version: Type.Integer({ minimum: 0, description: '0 brings back the defaults.' }),
        ...why,
      },
      { additionalProperties: false, title: 'DispatchRulesRestoration' },
    ),
    responses: { 200: RulesVersion },
    versioned: true,
    guarded: true,
    idempotent: true,
  },
  async ({ params: { region }, body, headers, tenant, deps: { storage }, claim }) =>
    await storage.asTenant(tenant.storefrontId, async (tx) => {
      const inForce = await presentRules(tx, region, headers)
      const earlier = await dispatchRulesVersion(tx, region, body.version)
      if (!earlier) {
        throw refuse('not_found', {
          param: '/version',
          detail: `The region has no version ${body.version}.`,
        })
      }
      const { author, reason } = body
      const { rules, simulationId } = earlier
      const change = { region, rules, author, reason, simulationId, restoredVersion: body.version }
      const answer = await answerChange(tx, { ...change, after: inForce.version })
      await claim?.seal(tx, answer)
      return answer
    }),
)

export const listDispatchRules = route(
  {
    method: 'get',
    path: '/v1/regions/{region}/dispatch_rules/versions',
    scope: 'rules:read',
    summary: 'Every version of the dispatch rules, newest first',
    params: Region,
    query: Type.Object(pageQuery, { additionalProperties: false }),
    responses: { 200: ListOf(RulesVersion, 'DispatchRulesVersionList') },
  },
  async ({ params: { region }, query: { limit = limits.page.default, cursor }, deps }) => {
    await requireRegion(deps.storage, region)
    const [before = null] = decodeCursor(cursor, 'number') ?? []
    const rows = await dispatchRulesVersions(deps.storage, region, { before, limit: limit + 1 })
    return ok(
      page(rows, limit, {
        toWire: (row) => versionView(region, row),
        keysOf: ({ version }) => [version],
      }),
    )
  },
)

export const getDispatchRulesVersion = route(
  {
    method: 'get',
    path: '/v1/regions/{region}/dispatch_rules/versions/{version}',
    scope: 'rules:read',
    summary: 'One version of the dispatch rules',
    params: Type.Object(
      { region: Id, version: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }) },
      { additionalProperties: false },
    ),
    responses: { 200: RulesVersion },
    versioned: true,
  },
  async ({ params: { region, version }, deps: { storage } }) => {
    await requireRegion(storage, region)
    const found = await dispatchRulesVersion(storage, region, version)
    if (!found) throw refuse('not_found')
    return versioned(versionView(region, found))
  },
)

async function presentRules(
  tx: Tx,
  region: string,
  headers: Parameters<typeof requireMatch>[0],
): Promise<DispatchRulesVersion> {
  await requireRegion(tx, region)
  const inForce = await dispatchRulesInForce(tx, region)
  requireMatch(headers, versionView(region, inForce))
  return inForce
}

/** Of two who change the same version at once the second is told to read again. */
async function answerChange(tx: Tx, change: RulesChange): Promise<JsonAnswer> {
  const added = await addDispatchRules(tx, change)
  if (!added) throw refuse('precondition_failed')
  return versioned(versionView(change.region, added))
}

async function requireRegion({ sql }: { sql: Sql }, region: string): Promise<void> {
  const [known] = await sql('select 1 from site where region = $1 limit 1', [region])
  if (!known) throw refuse('not_found', { detail: `There is no region ${region}.` })
}

function versionView(region: string, row: DispatchRulesVersion): Static<typeof RulesVersion> {
  return {
    object: 'dispatch_rules',
    region,
    version: row.version,
    rules: row.rules,
    author: row.author,
    reason: row.reason,
    restored_version: row.restoredVersion,
    simulation_id: row.simulationId,
    created_at: nullableTime(row.createdAt),
  }
}
