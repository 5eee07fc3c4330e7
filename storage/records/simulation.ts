// A simulation that a planner asked for over the API: what it is to answer, how far it is, what it found.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { createdAtColumn, idColumn, tenantPolicies, timeColumn } from '../columns.ts'
import type { SimulationArtifact, SimulationDesign, SimulationScenario } from '../simulations.ts'

export const SimulationRecord = defineEntity({
  name: 'SimulationRecord',
  tableName: 'simulation',
  properties: {
    id: idColumn(),
    storefrontId: p.text(),
    kind: p.enum(['run', 'compare']),
    state: p.enum(['queued', 'running', 'completed', 'failed', 'cancelled']).default('queued'),
    author: p.text(),
    scenarios: p.json<SimulationScenario[]>(),
    design: p.json<SimulationDesign>(),
    /** Of the days that are to be simulated. */
    done: p.integer().default(0),
    expected: p.integer().default(0),
    result: p.json<Record<string, unknown>>().strictNullable().default(null),
    artifacts: p.json<SimulationArtifact[]>().defaultRaw(`'[]'::jsonb`),
    failure: p.text().strictNullable(),
    workflowStartedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
    endedAt: timeColumn().strictNullable(),
  },
  indexes: [
    { name: 'simulation_list', properties: ['storefrontId', 'id'] },
    {
      name: 'simulation_not_started',
      expression:
        'create index "simulation_not_started" on "simulation" ("created_at") where (workflow_started_at is null)',
    },
  ],
  policies: tenantPolicies,
})
export type SimulationRecord = InferEntity<typeof SimulationRecord>
