// Does once what all days of a scenario have in common: streets, layout, where orders come from.
import { loadScenario } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { layOut, type Layout } from './layout.ts'
import { orderSource, type OrderSource } from './orders.ts'
import { recordedOrders } from './recordedOrders.ts'
import { streetsOf, type Streets } from './streets.ts'

export interface Prepared {
  scenario: Scenario
  hash: string
  streets: Streets
  layout: Layout
  source: OrderSource
  /** Midnight of the day. */
  midnightMs: number
}

/** From a scenario as it stands in its file; refuses with a ScenarioError what cannot be run. */
export function prepare(document: string | object): Prepared {
  const { scenario, hash } = loadScenario(document)
  const streets = streetsOf(scenario.map)
  const { recording } = scenario.orders
  const source = recording
    ? recordedOrders(recording, scenario, streets)
    : orderSource(scenario, streets)
  const midnightMs = Date.parse(scenario.hours.date)
  return { scenario, hash, streets, layout: layOut(scenario, streets), source, midnightMs }
}
