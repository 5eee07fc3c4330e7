// The rules under which a scenario's day is decided: what planners change, compare and tune.
import { Type } from 'typebox'
import { defaultMachineRules } from '../../domain/machines.ts'
import { DispatchRules, DispatchWeights } from '../../domain/model/dispatchRules.ts'
import { defaultMakingFactors, defaultTravelFactors } from '../../domain/promise.ts'
import { number, part } from './fields.ts'

const weight = (otherwise: number, description: string) =>
  number(otherwise, { least: 0, most: 1e6 }, description)

/** Production's own schema; in a scenario each of its fields may be left out. */
const DispatchRuleFields = part(
  {
    ...DispatchRules.properties,
    weights: part({ ...DispatchWeights.properties }, 'What one unit of each term counts.'),
    batchIntervalMs: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 0,
      description:
        'milliseconds: that orders are gathered before they are decided together. 0 decides one by one, as days are simulated unless they say otherwise.',
    }),
  },
  'Which vehicle takes an order, and where in its route.',
)

const machine = defaultMachineRules

const MachineRuleFields = part(
  {
    minRating: number(machine.minRating, { least: 0, most: 1 }, 'Machines below make nothing.'),
    changeoverMinutes: number(
      machine.changeoverMinutes,
      { least: 0, most: 240 },
      'To another material or colour.',
    ),
    weights: part(
      {
        finishMinutes: weight(machine.weights.finishMinutes, 'Until it is made.'),
        changeoverMinutes: weight(machine.weights.changeoverMinutes, 'Spent on changing.'),
        scrapMinutes: weight(machine.weights.scrapMinutes, 'Expected, of making it again.'),
        latenessMinutes: weight(machine.weights.latenessMinutes, 'Beyond the promised time.'),
        leftoverShare: weight(machine.weights.leftoverShare, 'Of the spool that stays.'),
        ratingShortfall: weight(machine.weights.ratingShortfall, 'Below the best rating.'),
      },
      'What one unit of each term counts.',
    ),
  },
  'Which machine of a place makes a part.',
)

const factors = (otherwise: { p50: number; p95: number }, description: string) =>
  part(
    {
      p50: number(otherwise.p50, { above: 0, most: 10 }, 'What half keep.'),
      p95: number(otherwise.p95, { above: 0, most: 10 }, 'What nineteen of twenty keep.'),
    },
    description,
  )

const PromiseRuleFields = part(
  {
    making: factors(defaultMakingFactors, 'Real time of making as a multiple of the estimate.'),
    travel: factors(defaultTravelFactors, 'Real time of driving as a multiple of the map.'),
    lockerTransferMinutes: number(1, { least: 0, most: 60 }, 'From the plate into a compartment.'),
  },
  'How honest promises are made.',
)

export const Rules = part(
  { dispatch: DispatchRuleFields, machines: MachineRuleFields, promise: PromiseRuleFields },
  'The rules that decide; production has the same.',
)
