// What each item needs of machines, and which models can make it: asked of production's own rules.
import { chooseMachine, type MachineRules, type PartNeed } from '../../domain/machines.ts'
import type { Making } from '../../domain/dispatch/facts.ts'
import type { SiteMachine } from '../../domain/offerFacts.ts'
import { kindOf } from './machines.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** One for each item and colour; `nowMs` and `triedMachineIds` are those of the latest question. */
export interface Part {
  need: PartNeed
  /** By kind of machine, as `kindOf` names it: what dispatch needs to know of making it on board. */
  making: Readonly<Record<string, Making>>
  /** The same of the kinds that drive: what is not on board anywhere only widens the search. */
  makingOnBoard: Readonly<Record<string, Making>>
}

export function partsOf(
  scenario: Scenario,
  rules: MachineRules,
  freshMachine: (model: Scenario['models'][number]) => SiteMachine,
): Part[][] {
  const onBoard = new Set(
    scenario.trucks.flatMap(({ machines }) => machines.map(({ model }) => model)),
  )
  return scenario.items.map((item) =>
    item.colours.map((colour): Part => {
      const need: PartNeed = {
        process: item.process,
        material: item.material,
        colour,
        scale: 1,
        quantity: 1,
        sizeMm: item.sizeMm,
        massGrams: item.massGrams,
        makingMinutes: item.makingMinutes,
        resolutionMicrons: item.resolutionMicrons,
        instructionKinds: ['stl', 'gcode'],
        triedMachineIds: [],
        allowedSiteIds: null,
        allowedMaterials: null,
        maxMakeCents: null,
        maxMetersToBuyer: null,
        dueAtMs: null,
        nowMs: 0,
      }
      const makings = scenario.models.flatMap((model) => {
        const facts = { ...freshMachine(model), siteKind: 'truck', metersToBuyer: null } as const
        const { chosen } = chooseMachine(need, [facts], rules)
        if (!item.made || !chosen) return []
        const { minutes, coolDownMinutes } = chosen
        const scrapShare = scrapShareOf(model, minutes, scenario.wear.failures)
        const kind = (mounted: SiteMachine['mounted']) => {
          const isOther =
            mounted !== null && (mounted.material !== item.material || mounted.colour !== colour)
          const makingMinutes = minutes + (isOther ? rules.changeoverMinutes : 0)
          const making = { makingMinutes, coolDownMinutes, scrapShare }
          return [kindOf(model.id, mounted), making, model.id] as const
        }
        return [kind(null), ...model.materials.map(kind)]
      })
      const driving = makings.filter(([, , model]) => onBoard.has(model))
      return {
        need,
        making: Object.fromEntries(makings.map(([kind, making]) => [kind, making])),
        makingOnBoard: Object.fromEntries(driving.map(([kind, making]) => [kind, making])),
      }
    }),
  )
}

/** What long experience with the model would have taught: the chance to fail while it makes. */
function scrapShareOf(model: Scenario['models'][number], minutes: number, failures: number) {
  return 1 - Math.exp((-minutes * failures) / 60 / model.hoursBetweenFailures)
}
