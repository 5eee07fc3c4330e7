// What a scenario says of the plant: the map, the traffic, machines, items, sites, trucks and couriers.
import { Type, type Static } from 'typebox'
import { Process } from '../../domain/model/item.ts'
import { Place } from '../../domain/model/place.ts'
import {
  byHour,
  count,
  entry,
  hour,
  Name,
  nameOf,
  number,
  part,
  share,
  spread,
  text,
} from './fields.ts'

const at = Type.Union([Place, Type.Null()], {
  default: null,
  description:
    'Where it stands, by the nearest junction; null draws a junction, the same on every day.',
})

const Road = entry({
  from: nameOf('The junction where it begins.'),
  to: nameOf('The junction where it ends.'),
  minutes: Type.Number({ minimum: 0, maximum: 1_440, description: 'To drive it in free flow.' }),
  kilometres: Type.Number({ minimum: 0, maximum: 2_000, description: 'Its length.' }),
  street: text('', 'The name of the street.'),
  oneWay: Type.Boolean({ default: false, description: 'Driven from `from` to `to` alone.' }),
})

export const MapSource = part(
  {
    demoCity: Type.Union([Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }), Type.Null()], {
      default: 742,
      description: 'The seed of the demo city; used unless `file` or `junctions` say otherwise.',
    }),
    file: Type.Union([Type.String({ minLength: 1, maxLength: 400 }), Type.Null()], {
      default: null,
      description: 'An OpenStreetMap file (.osm or .osm.pbf), beside the scenario or absolute.',
    }),
    junctions: Type.Array(entry({ name: Name, place: Place }), {
      default: [],
      maxItems: 5_000,
      description: 'A map drawn by hand: its junctions, and `roads` between them.',
    }),
    roads: Type.Array(Road, {
      default: [],
      maxItems: 20_000,
      description: 'Between the junctions, all of which they must connect.',
    }),
  },
  'The streets: the demo city, a map file, or junctions and roads drawn by hand.',
)

/** Of the free-flow speed, from midnight: slow while people drive to work and home. */
const cityTraffic = [
  1, 1, 1, 1, 1, 1, 0.97, 0.86, 0.8, 0.88, 0.94, 0.93, 0.92, 0.93, 0.92, 0.87, 0.8, 0.77, 0.84,
  0.92, 0.96, 1, 1, 1,
]

export const Traffic = part(
  {
    speedByHour: byHour(
      cityTraffic,
      { above: 0.05, most: 2 },
      'Speed by the hour from midnight, as a share of what the map says.',
    ),
    noise: number(
      0.12,
      { least: 0, most: 2 },
      'Standard deviation of the time of one drive, as a share of it.',
    ),
  },
  'How driving differs from the map; the plan is made by the map alone, as in production.',
)

export const Wear = part(
  {
    failures: number(1, { least: 0, most: 100 }, 'How often machines fail, beside their model.'),
    makingTimes: number(1, { above: 0, most: 100 }, 'How long they make, beside their model.'),
  },
  'What all machines have in common on this day.',
)

const Material = entry({
  material: nameOf('Such as PLA.'),
  colour: nameOf('Such as white.'),
  grams: number(1_000, { above: 0, most: 1e9 }, 'Of a full spool.'),
})

const spools = ['PLA', 'PETG'].flatMap((material) =>
  ['white', 'black'].map((colour) => ({ material, colour, grams: 1_000 })),
)

const process = (description: string) =>
  Type.Unsafe<Static<typeof Process>>({ ...Process, default: 'fdm', description })

export const MachineModel = entry({
  id: Name,
  process: process('How it makes.'),
  volumeMm: Type.Object(
    {
      x: Type.Number({ exclusiveMinimum: 0 }),
      y: Type.Number({ exclusiveMinimum: 0 }),
      z: Type.Number({ exclusiveMinimum: 0 }),
    },
    {
      additionalProperties: false,
      default: { x: 220, y: 220, z: 240 },
      description: 'The largest that it makes.',
    },
  ),
  resolutionMicrons: number(200, { above: 0, most: 2_000 }, 'Of its layers.'),
  speed: number(1, { above: 0, most: 100 }, 'Making time = minutes of the item / speed.'),
  coolDownMinutes: number(1, { least: 0, most: 240 }, 'Until the part may be taken off.'),
  centsPerMinute: count(6, 10_000, 'What a minute of making costs.'),
  watts: number(120, { least: 0, most: 100_000 }, 'While it makes.'),
  rating: share(0.9, 'As learned from outcomes.'),
  materials: Type.Array(Material, {
    default: spools,
    minItems: 1,
    maxItems: 32,
    description: 'The spools that each such machine is loaded with.',
  }),
  making: part(
    {
      factor: number(1.1, { above: 0, most: 10 }, 'Real time as a multiple of the estimate.'),
      deviation: number(0.12, { least: 0, most: 3 }, 'Standard deviation of that multiple.'),
    },
    'Making times around the learned estimate.',
  ),
  hoursBetweenFailures: number(
    40,
    { above: 0, most: 1e6 },
    'Mean hours of making between failures; each spoils the part that is being made.',
  ),
  repairMinutes: spread(25, 15, 'Until it can make again after a failure.'),
  spoolChangeMinutes: number(6, { least: 0, most: 240 }, 'To put in a full spool.'),
})

export const ScenarioItem = entry({
  id: Name,
  share: number(1, { least: 0, most: 1e6 }, 'How often it is asked for beside the other items.'),
  process: process('How it is made.'),
  material: Type.String({
    default: 'PLA',
    minLength: 1,
    maxLength: 40,
    description: 'A machine with a spool of it makes it.',
  }),
  colours: Type.Array(Name, {
    default: ['white', 'black'],
    minItems: 1,
    maxItems: 16,
    description: 'In which buyers order it, each as often.',
  }),
  makingMinutes: number(12, { above: 0, most: 2_880 }, 'Of one on a machine of speed 1.'),
  massGrams: number(20, { above: 0, most: 100_000 }, 'Of one.'),
  sizeMm: Type.Object(
    {
      x: Type.Number({ exclusiveMinimum: 0 }),
      y: Type.Number({ exclusiveMinimum: 0 }),
      z: Type.Number({ exclusiveMinimum: 0 }),
    },
    {
      additionalProperties: false,
      default: { x: 60, y: 40, z: 30 },
      description: 'Must fit into the volume of the machine.',
    },
  ),
  resolutionMicrons: number(300, { above: 0, most: 5_000 }, 'The coarsest layers that will do.'),
  priceCents: count(900, 1e8, 'Before making and delivery.'),
  made: Type.Boolean({ default: true, description: 'Listed as made on demand.' }),
})

const MachineCount = entry({
  model: nameOf('The id of one of `models`.'),
  count: count(1, 1_000, 'How many of them.', 1),
})
const Stock = entry({
  item: nameOf('The id of one of `items`.'),
  units: count(10, 1e6, 'At the start of the day.'),
})
const machines = Type.Array(MachineCount, {
  default: [],
  maxItems: 50,
  description: 'That stand in it.',
})
const stock = Type.Array(Stock, {
  default: [],
  maxItems: 1_000,
  description: 'Finished items that lie in it.',
})
const shift = part(
  { fromHour: hour(5, 'When it begins.'), toHour: hour(24, 'When it ends.') },
  'When its driver works.',
)

export const ScenarioSite = entry({
  id: Name,
  kind: Type.Union([Type.Literal('warehouse'), Type.Literal('lockers'), Type.Literal('kiosk')], {
    description: 'Buyers fetch from lockers and kiosks; vehicles fetch from warehouses.',
  }),
  place: at,
  machines,
  compartments: count(0, 10_000, 'Of lockers, or storage units of a kiosk.'),
  suppliedBy: Type.Union([Name, Type.Null()], {
    default: null,
    description:
      'Another site, from where a vehicle that passes both brings what is fetched here; null: nothing is brought.',
  }),
  takenBackAfterMinutes: Type.Union(
    [Type.Number({ exclusiveMinimum: 0, maximum: 2_880 }), Type.Null()],
    {
      default: null,
      description:
        'What nobody fetched for so long is lost, and taken back by a vehicle that passes; null: it stays.',
    },
  ),
  stock,
  opensAtHour: hour(0, 'Nothing is made or fetched before.'),
  closesAtHour: hour(48, 'Nothing is begun or fetched after.'),
})

export const TruckGroup = entry({
  id: Name,
  count: count(1, 5_000, 'How many; those of a group are numbered from 1.', 1),
  place: at,
  machines,
  stock,
  shift,
  round: part(
    {
      stops: count(24, 400, 'Stops of its own, drawn around where it starts, in one tour.'),
      radiusMeters: number(3_000, { least: 0, most: 200_000 }, 'How far they are drawn.'),
      serviceSeconds: number(150, { least: 0, most: 14_400 }, 'At each of them.'),
      repeats: Type.Boolean({ default: true, description: 'Begun again until the shift ends.' }),
      places: Type.Array(
        entry({
          place: Place,
          label: text('', 'As the driver reads it.'),
          serviceSeconds: number(150, { least: 0, most: 14_400 }, 'At this stop.'),
        }),
        {
          default: [],
          maxItems: 400,
          description: 'The stops themselves, in order, instead of drawn ones.',
        },
      ),
    },
    'What the truck drives for anyway.',
  ),
  capacity: count(60, 10_000, 'Parcels on board at once.', 1),
  refusalShare: share(0.01, 'How often its driver declines a stop.'),
})

export const CourierGroup = entry({
  id: Name,
  count: count(1, 1_000, 'How many; numbered from 1.', 1),
  site: nameOf('The id of the site where they begin and fetch.'),
  shift,
  capacity: count(12, 1_000, 'Parcels on board at once.', 1),
  refusalShare: share(0.01, 'How often a courier declines a stop.'),
})
