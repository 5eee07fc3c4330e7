// Does once what all days of a scenario have in common: streets, layout, where orders come from.
import { loadScenario } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { layOut, type Layout } from './layout.ts'
import { refuseOffTheMap } from './offTheMap.ts'
import { listedOrders, orderSource, type OrderSource } from './orders.ts'
import { fittedOrders, recordedOrders } from './recordedOrders.ts'
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
  refuseOffTheMap(scenario, streets)
  return {
    scenario,
    hash,
    streets,
    layout: layOut(scenario, streets),
    source: sourceOf(scenario, streets),
    midnightMs: Date.parse(scenario.hours.date),
  }
}

function sourceOf(scenario: Scenario, streets: Streets): OrderSource {
  const { recording, fittedTo, listed } = scenario.orders
  if (listed.length > 0) return listedOrders(scenario, streets)
  if (recording !== null) return recordedOrders(recording, scenario, streets)
  if (fittedTo !== null) return fittedOrders([fittedTo].flat(), scenario, streets)
  return orderSource(scenario, streets)
}
