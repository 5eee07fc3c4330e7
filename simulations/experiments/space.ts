// What is tuned: which fields of a scenario, within which bounds, and how the combinations are chosen.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Static, Type } from 'typebox'
import { faultsOf } from '../../domain/schemaFaults.ts'
import { type FigureName, figureNames } from '../day.ts'
import { openStreams } from '../kernel/streams.ts'

const Figure = Type.Enum([...figureNames])
const FigureKey = Type.String({ pattern: `^(?:${figureNames.join('|')})$` })

const Values = Type.Object(
  {
    values: Type.Array(Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]), {
      minItems: 2,
      maxItems: 100,
      uniqueItems: true,
      description: 'These and no others, from the least to the most.',
    }),
  },
  { additionalProperties: false },
)

const Range = Type.Object(
  {
    from: Type.Number(),
    to: Type.Number(),
    steps: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 100,
        description: 'Of a grid, both ends included (3).',
      }),
    ),
    scale: Type.Optional(
      Type.Enum(['linear', 'log'], {
        description: 'With log, equal factors lie equally far apart (linear).',
      }),
    ),
    whole: Type.Optional(Type.Boolean({ description: 'Only whole numbers (false).' })),
  },
  { additionalProperties: false },
)

export const Space = Type.Object(
  {
    method: Type.Enum(['grid', 'latinHypercube', 'halving'], {
      description:
        'Every combination; so many that fill the space evenly; or those, of which the worst are dropped round by ' +
        'round while the others get more days.',
    }),
    parameters: Type.Record(Type.String({ pattern: '^(/[^/]+)+$' }), Type.Union([Values, Range]), {
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 30,
      description:
        'By the JSON pointer of the field, such as /rules/dispatch/maxDeviationMinutes, each with {from, to, steps, scale, whole} or {values}.',
    }),
    points: Type.Integer({
      minimum: 2,
      maximum: 5_000,
      default: 30,
      description: 'Combinations, but for a grid.',
    }),
    replications: Type.Integer({
      minimum: 2,
      maximum: 1_000,
      default: 10,
      description: 'Days of each combination; with halving, of those that come to the last round.',
    }),
    halving: Type.Object(
      {
        firstReplications: Type.Integer({
          minimum: 2,
          maximum: 1_000,
          default: 3,
          description: 'Days of each combination in the first round.',
        }),
        keepShare: Type.Number({
          minimum: 0.05,
          maximum: 0.9,
          default: 0.4,
          description: 'Of the combinations, after each round.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    objective: Type.Record(FigureKey, Type.Number({ exclusiveMinimum: 0 }), {
      additionalProperties: false,
      default: {
        ordersLost: 1,
        latenessMinutesMean: 1,
        deviationMinutesPerOrder: 1,
        costCentsPerOrder: 0.01,
      },
      minProperties: 1,
      description:
        'What one unit of each figure counts against a combination, or for it where more is better.',
    }),
    front: Type.Array(Figure, {
      default: [
        'latenessMinutesMean',
        'costCentsPerOrder',
        'deviationMinutesPerOrder',
        'ordersLost',
      ],
      minItems: 2,
      maxItems: 6,
      uniqueItems: true,
      description: 'Figures of the Pareto front.',
    }),
  },
  { additionalProperties: false },
)
export type Space = Omit<Static<typeof Space>, 'front' | 'objective' | 'parameters'> & {
  front: FigureName[]
  objective: Partial<Record<FigureName, number>>
  parameters: Record<string, Static<typeof Values> | Static<typeof Range>>
}
type Parameter = Space['parameters'][string]
export type Value = string | number | boolean | null

/** By parameter; what is not named stays as it is in the scenario. */
export type Point = Readonly<Record<string, Value>>

const validate = new Ajv2020({
  allErrors: true,
  useDefaults: true,
  allowUnionTypes: true,
}).compile<Space>(Space)

const mostPoints = 20_000

/** With every default; what is wrong is said with its JSON pointer. */
export function readSpace(document: unknown): Space {
  const space = structuredClone(document)
  if (!validate(space)) {
    const faults = faultsOf(validate.errors ?? [])
    throw new Error(faults.map(({ path, message }) => `${path} ${message}`.trimStart()).join('\n'))
  }
  for (const [pointer, parameter] of Object.entries(space.parameters)) {
    const wrong = 'values' in parameter ? null : wrongRange(parameter)
    if (wrong !== null) throw new Error(`/parameters/${pointer.replaceAll('/', '~1')} ${wrong}`)
  }
  const { length } = pointsOf(space, 0)
  if (length > mostPoints)
    throw new Error(`the space has ${length} combinations, more than ${mostPoints}`)
  return space
}

function wrongRange({ from, to, scale, whole }: Static<typeof Range>): string | null {
  if (!(from < to)) return `must go up, not from ${from} to ${to}`
  if (scale === 'log' && from <= 0) return 'must begin above 0 where its scale is log'
  if (whole && Math.ceil(from) > Math.floor(to)) return 'has no whole number'
  return null
}

/** The combinations that the method asks for; the seed is that of a Latin hypercube. */
export function pointsOf(space: Space, seed: number): Point[] {
  const parameters = Object.entries(space.parameters)
  if (space.method === 'grid') return grid(parameters)
  const columns = parameters.map(([pointer, parameter], at) => {
    const places = shuffledPlaces(space.points, seed, at)
    return [pointer, places.map((place) => valueAt(parameter, place))] as const
  })
  return Array.from({ length: space.points }, (_, row) =>
    Object.fromEntries(columns.map(([pointer, values]) => [pointer, values[row]!])),
  )
}

/** The least and the most of a parameter: what its bar in a tornado shows. */
export function endsOf(parameter: Parameter): [Value, Value] {
  const values = valuesOf(parameter)
  return [values[0]!, values.at(-1)!]
}

function grid(parameters: readonly [string, Parameter][]): Point[] {
  const sizes = parameters.map(([, parameter]) => valuesOf(parameter).length)
  const size = sizes.reduce((product, length) => product * length, 1)
  if (size > mostPoints)
    throw new Error(`the grid has ${size} combinations, more than ${mostPoints}`)
  return parameters.reduce<Point[]>(
    (points, [pointer, parameter]) =>
      points.flatMap((point) =>
        valuesOf(parameter).map((value) => Object.assign({}, point, { [pointer]: value })),
      ),
    [{}],
  )
}

function valuesOf(parameter: Parameter): Value[] {
  if ('values' in parameter) return parameter.values
  const { steps = 3 } = parameter
  const values = Array.from({ length: steps }, (_, step) => inRange(parameter, step / (steps - 1)))
  return [...new Set(values)]
}

/** `place` is from 0 to 1. */
function valueAt(parameter: Parameter, place: number): Value {
  if (!('values' in parameter)) return inRange(parameter, place)
  const { values } = parameter
  return values[Math.min(values.length - 1, Math.floor(place * values.length))]!
}

function inRange({ from, to, scale, whole }: Static<typeof Range>, place: number): number {
  const value = scale === 'log' ? from * (to / from) ** place : from + (to - from) * place
  if (whole) return Math.min(Math.floor(to), Math.max(Math.ceil(from), Math.round(value)))
  // As a person would write it, so that equal combinations are equal texts.
  return Number(value.toPrecision(6))
}

/** One place in each of equally wide slices, in random order. */
function shuffledPlaces(count: number, seed: number, column: number): number[] {
  const stream = openStreams(seed).purpose('latin hypercube').of(column)
  const places = Array.from({ length: count }, (_, slice) => (slice + stream.uniform()) / count)
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(stream.uniform() * (at + 1))
    ;[places[at], places[other]] = [places[other]!, places[at]!]
  }
  return places
}
