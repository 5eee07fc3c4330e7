// The dispatch rules of a tuned scenario in the form that the platform and `replay --rules` take them.
import type { ScenarioDocument } from './model.ts'

const interval = '/rules/dispatch/batchIntervalMs'

/**
 * Null where the scenario has none. Days are simulated one by one unless they say otherwise: that is no wish for the
 * platform, so an interval of 0 that was not tuned is left out, and the platform goes on gathering as it does.
 */
export function tunedRules(document: ScenarioDocument, tuned: readonly string[]): object | null {
  const dispatch: unknown = Reflect.get(Object(Reflect.get(document, 'rules')), 'dispatch')
  if (typeof dispatch !== 'object' || dispatch === null) return null
  const isMeant = Reflect.get(dispatch, 'batchIntervalMs') !== 0 || tuned.includes(interval)
  const { batchIntervalMs: _, ...others }: { batchIntervalMs?: unknown } = dispatch
  return isMeant ? dispatch : others
}
