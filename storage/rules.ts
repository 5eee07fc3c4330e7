// The rules of regions: of dispatch, every version that ever was, who made it and why, and what else they plan with.
import { completeRules, defaultDispatchRules } from '../domain/dispatch/rules.ts'
import { defaultMachineRules, type MachineRules } from '../domain/machines.ts'
import type { DispatchRules } from '../domain/model/dispatchRules.ts'
import { defaultOfferRules, type PlanningRules } from '../domain/offerFacts.ts'
import type { Sql } from './storage.ts'

export interface DispatchRulesVersion {
  /** From 1 on; 0 are the defaults of the platform, in force where nobody has changed them. */
  version: number
  rules: DispatchRules
  author: string
  reason: string
  /** The earlier version whose rules these are, where a change was taken back. */
  restoredVersion: number | null
  /** The simulation on whose results they were accepted. */
  simulationId: string | null
  /** Null for the defaults. */
  createdAt: Date | null
}

export const defaultsVersion: DispatchRulesVersion = {
  version: 0,
  rules: defaultDispatchRules,
  author: 'fabroute',
  reason: 'The defaults of the platform',
  restoredVersion: null,
  simulationId: null,
  createdAt: null,
}

export async function dispatchRules(on: { sql: Sql }, region: string): Promise<DispatchRules> {
  return (await dispatchRulesInForce(on, region)).rules
}

export async function dispatchRulesInForce(
  on: { sql: Sql },
  region: string,
): Promise<DispatchRulesVersion> {
  const [latest] = await dispatchRulesVersions(on, region, { before: null, limit: 1 })
  return latest ?? defaultsVersion
}

/** Newest first, and only those that are older than `before`; the defaults are not among them. */
export async function dispatchRulesVersions(
  { sql }: { sql: Sql },
  region: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<DispatchRulesVersion[]> {
  const rows = await sql<DispatchRulesVersion>(
    `${select} and ($2::int is null or version < $2) order by version desc limit $3`,
    [region, before, limit],
  )
  return rows.map(whole)
}

export async function dispatchRulesVersion(
  { sql }: { sql: Sql },
  region: string,
  version: number,
): Promise<DispatchRulesVersion | null> {
  if (version === 0) return defaultsVersion
  const rows = await sql<DispatchRulesVersion>(`${select} and version = $2`, [region, version])
  return rows.map(whole)[0] ?? null
}

export interface RulesChange extends Pick<
  DispatchRulesVersion,
  'rules' | 'author' | 'reason' | 'restoredVersion' | 'simulationId'
> {
  region: string
  /** The version that whoever changes them has read. */
  after: number
}

/** The new version, or null when somebody else has made it meanwhile. */
export async function addDispatchRules(
  { sql }: { sql: Sql },
  { region, after, rules, ...change }: RulesChange,
): Promise<DispatchRulesVersion | null> {
  const { author, reason, restoredVersion, simulationId } = change
  const version = after + 1
  const [added] = await sql<{ createdAt: Date }>(
    `insert into rules (kind, region, version, data, author, reason, restored_version, simulation_id)
     values ('dispatch', $1, $2, $3::jsonb, $4, $5, $6, $7)
     on conflict do nothing returning created_at as "createdAt"`,
    [region, version, JSON.stringify(rules), author, reason, restoredVersion, simulationId],
  )
  return added ? { version, rules, ...change, createdAt: added.createdAt } : null
}

/** As they are kept: prices are nobody's planning. */
export type KeptPlanningRules = Partial<Omit<PlanningRules, 'machines'>> & {
  machines?: Partial<Omit<MachineRules, 'prices'>>
}

/** The latest that the region has, completed with the defaults of the platform. */
export async function planningRules({ sql }: { sql: Sql }, region: string): Promise<PlanningRules> {
  const [latest] = await sql<{ data: KeptPlanningRules }>(
    `select data from rules where kind = 'planning' and region = $1 order by version desc limit 1`,
    [region],
  )
  const { otherModels, travelFactors, lockerTransferMinutes, travelSpeed, handOverSeconds } =
    defaultOfferRules
  const machines = { ...defaultMachineRules, ...latest?.data.machines }
  const times = { lockerTransferMinutes, travelSpeed, handOverSeconds }
  return { otherModels, travelFactors, ...times, ...latest?.data, machines }
}

export async function addPlanningRules(
  { sql }: { sql: Sql },
  { region, rules, reason }: { region: string; rules: KeptPlanningRules; reason: string },
): Promise<void> {
  await sql(
    `insert into rules (kind, region, version, data, reason)
     select 'planning', $1, coalesce(max(version), 0) + 1, $2::jsonb, $3 from rules
     where kind = 'planning' and region = $1`,
    [region, JSON.stringify(rules), reason],
  )
}

const select = `select version, data as rules, author, reason, restored_version as "restoredVersion",
    simulation_id as "simulationId", created_at as "createdAt"
  from rules where kind = 'dispatch' and region = $1`

/** A version of before a rule was thought of is completed. */
function whole(version: DispatchRulesVersion): DispatchRulesVersion {
  return { ...version, rules: completeRules(version.rules) }
}
