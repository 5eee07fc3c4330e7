// What dispatch weighs and keeps to, as data that planners tune: each field with its unit, its limits and what it does.
import { Type, type Static } from 'typebox'

/** Each description begins with the unit, up to its colon: the reference page is made from it. */
const weight = (byDefault: number, description: string) =>
  Type.Number({ description, default: byDefault, minimum: 0, maximum: 1_000_000 })

/** What one unit of each term counts; less is better, and the sum of all is the score. */
export const DispatchWeights = Type.Object(
  {
    minutesToBuyer: weight(
      1,
      'points a minute: from now until the buyer has it in hand. High: the soonest vehicle wins.',
    ),
    latenessMinutes: weight(
      10,
      'points a minute: beyond the time that was promised, of this stop and, in a batch, of every other stop that is met later for it.',
    ),
    deviationMinutes: weight(
      2,
      'points a minute: of driving that the stop adds to the route. High: the vehicle that passes by anyway wins.',
    ),
    deviationKilometres: weight(1, 'points a kilometre: that the stop adds to the route.'),
    waitingMinutes: weight(
      1,
      'points a minute: that the vehicle stands at a stop until what it came for is made or the door opens.',
    ),
    newVehicle: weight(
      0,
      'points a vehicle: that has nothing to do yet and would set out for this alone.',
    ),
    scrapRisk: weight(
      20,
      'points a part: that has to be made again, times the share of such parts that fail on the machine.',
    ),
    driverFairness: weight(
      0,
      "points a squared hour: of a driver's day at the wheel. Hours that are squared cost least when all drive equally long. Eight hours without driving end a day.",
    ),
  },
  { additionalProperties: false, description: 'What one unit of each term counts.' },
)
export type DispatchWeights = Static<typeof DispatchWeights>

export const DispatchRules = Type.Object(
  {
    version: Type.Literal(1, {
      description: 'number: of this format. Older rules are completed with the defaults.',
      default: 1,
    }),
    weights: DispatchWeights,
    maxDeviationMinutes: Type.Number({
      description: 'minutes: of driving that one stop may add to a route.',
      default: 30,
      minimum: 0,
      maximum: 1440,
    }),
    maxDeviationMeters: Type.Number({
      description: 'metres: that one stop may add to a route.',
      default: 20_000,
      minimum: 0,
      maximum: 1_000_000,
    }),
    maxStopDelayMinutes: Type.Number({
      description:
        'minutes: by which the other stops may be met later than they were told. A stop that is later already must not get worse.',
      default: 15,
      minimum: 0,
      maximum: 1440,
    }),
    maxWaitingMinutes: Type.Number({
      description: 'minutes: that a vehicle may stand at a stop of the order.',
      default: 30,
      minimum: 0,
      maximum: 1440,
    }),
    maxLatenessMinutes: Type.Union([Type.Number({ minimum: 0, maximum: 10_080 }), Type.Null()], {
      description:
        'minutes or null: beyond the promised time, from which on a vehicle is ruled out. Null leaves lateness to its weight.',
      default: null,
    }),
    commitHorizonMinutes: Type.Number({
      description:
        'minutes: a stop for which the vehicle sets off within this time keeps its vehicle and its place in the order; a batch moves only what comes later.',
      default: 2,
      minimum: 0,
      maximum: 240,
    }),
    batchIntervalMs: Type.Integer({
      description:
        'milliseconds: that orders are gathered before they are decided together. 0 decides one by one.',
      default: 400,
      minimum: 0,
      maximum: 600_000,
    }),
    improvementIterations: Type.Integer({
      description:
        'iterations: of taking stops out and putting them back better, in each batch. Counted, not timed, so that equal facts give equal plans on every machine. 0 leaves the plan as it was built.',
      default: 500,
      minimum: 0,
      maximum: 10_000_000,
    }),
    rankedCandidates: Type.Integer({
      description:
        'vehicles: that a decision over a kept fleet tells in full, the best first. The others are told by the reason against them.',
      default: 5,
      minimum: 1,
      maximum: 1000,
    }),
  },
  {
    additionalProperties: false,
    title: 'DispatchRules',
    description: 'What dispatch weighs and keeps to.',
  },
)
export type DispatchRules = Static<typeof DispatchRules>
