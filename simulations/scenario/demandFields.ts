// What a scenario says of the orders: when and where they come, who the buyers are, and what goes wrong.
import { Type } from 'typebox'
import { Place } from '../../domain/model/place.ts'
import { byHour, count, entry, hour, Name, nameOf, number, part, share, spread } from './fields.ts'

/** Few by night, a hill before noon and a higher one in the evening. */
const cityHours = [
  2, 1, 1, 1, 1, 3, 8, 16, 26, 34, 38, 40, 42, 40, 38, 38, 42, 50, 56, 54, 44, 30, 16, 6,
]
const anyWeight = { least: 0, most: 1e9 }

const OrderPlace = entry({
  place: Place,
  weight: number(1, anyWeight, 'How many orders come from here beside the other places.'),
  radiusMeters: number(600, { least: 0, most: 100_000 }, 'Any junction this near may order.'),
  hours: Type.Array(Type.Number({ minimum: 0, maximum: 1e9 }), {
    default: [],
    maxItems: 24,
    description: 'When the orders of this place come, by the hour; none: as those of all places.',
  }),
})

const ListedOrder = entry({
  hour: hour(12, 'When it is placed.'),
  place: Place,
  item: nameOf('The id of one of `items`.'),
})

const File = Type.String({ minLength: 1, maxLength: 400 })

export const Orders = part(
  {
    listed: Type.Array(ListedOrder, {
      default: [],
      maxItems: 10_000,
      description: 'These orders and no others.',
    }),
    recording: Type.Union([File, Type.Null()], {
      default: null,
      description:
        'A recorded day, beside the scenario, of which the orders are played; else they are generated.',
    }),
    fittedTo: Type.Union([File, Type.Array(File, { minItems: 1, maxItems: 62 }), Type.Null()], {
      default: null,
      description:
        'A recorded day, or several: days like them are drawn, and `generator` says nothing.',
    }),
    itemsAs: Type.Record(Type.String({ maxLength: 200 }), Name, {
      default: {},
      description: 'Which item stands for one that recordings call otherwise.',
    }),
    waysAsRecorded: Type.Boolean({
      default: true,
      description: 'Whether recorded buyers have it as they had it, or choose anew.',
    }),
    generator: part(
      {
        perDay: number(400, { least: 0, most: 1e6 }, 'Orders in 24 hours, in the mean.'),
        hours: byHour(cityHours, anyWeight, 'How the orders of a day fall on its hours.'),
        places: Type.Array(OrderPlace, {
          default: [],
          maxItems: 5_000,
          description: 'Where they come from; none: from every junction alike.',
        }),
      },
      'A Poisson stream by hour and place.',
    ),
  },
  'Where the orders come from.',
)

export const Buyers = part(
  {
    patienceMinutes: spread(120, 45, 'Later than this nobody orders, or waits.'),
    pickupShare: share(0.5, 'Buyers who would fetch it from a locker or kiosk.'),
    deliveryShare: share(0.9, 'Buyers who would have it brought.'),
    maxPickupMeters: spread(2_000, 800, 'How far they go to fetch it.'),
    centsPerMinute: spread(12, 6, 'What a minute sooner is worth to them.'),
    fetchMinutes: spread(25, 15, 'Until a part that is ready is fetched.'),
    neverFetchedShare: share(0.01, 'Parts that nobody fetches.'),
    handOverSeconds: number(60, { least: 0, most: 3_600 }, 'At the door.'),
  },
  'Who orders, what they prefer, and how long they wait.',
)

export const Suppliers = part(
  {
    answerSeconds: spread(4, 2, 'Until the instructions are there.'),
    lateShare: share(0.02, 'Answers that come late.'),
    lateMinutes: spread(10, 8, 'How much later those come.'),
  },
  'Whose instructions are fetched before a part is made.',
)

export const Incident = entry({
  kind: Type.Union(
    [Type.Literal('truck_breaks_down'), Type.Literal('machines_stop'), Type.Literal('site_closes')],
    { description: 'What happens.' },
  ),
  at: nameOf('A site, a truck or a courier; the second of the group `grocery` is `grocery-2`.'),
  hour: hour(9, 'When it happens.'),
  minutes: number(120, { above: 0, most: 2_880 }, 'Until it is over.'),
})

export const Costs = part(
  {
    centsPerKilometre: number(45, { least: 0, most: 10_000 }, 'Of a vehicle.'),
    centsPerDriverHour: number(2_400, { least: 0, most: 1e6 }, 'For what orders add to rounds.'),
    gramsCo2ePerKilometre: number(210, { least: 0, most: 10_000 }, 'Of a vehicle.'),
    gramsCo2ePerKilowattHour: number(350, { least: 0, most: 5_000 }, 'Of the machines.'),
    gramsCo2ePerGram: number(3, { least: 0, most: 1_000 }, 'Of material, scrap included.'),
    pickupGramsCo2ePerKilometre: number(60, { least: 0, most: 10_000 }, 'Of buyers who fetch.'),
  },
  'What the figures of cost and footprint count.',
)

export const Hours = part(
  {
    date: Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\d$',
      default: '2026-11-20',
      description: 'The day, in the time of the city.',
    }),
    fromHour: hour(6, 'Orders come from this hour on.'),
    toHour: hour(22, 'The last order comes before this hour.'),
    drainMinutes: count(240, 2_880, 'So long after it what was ordered may still be served.'),
  },
  'Which part of a day is simulated.',
)
