// What is offered is what everybody allows, priced and timed; whatever is not offered says why.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { byId } from '../../domain/decision.ts'
import {
  anyPreference,
  defaultOfferRules as rules,
  noLimits,
  type OfferFacts,
  type OfferSite,
  type OfferVehicle,
} from '../../domain/offerFacts.ts'
import { makeOffers } from '../../domain/offers.ts'
import { evergreenTerrace } from './dispatch/evergreenTerrace.ts'
import { handle, machineFacts, metersPerMile, minutesFromNow, nowMs, whitePla } from './facts.ts'
import { travelOnPlane } from './facts.ts'

/** Index 0 is the buyer; the others lie on a street, so many miles away. */
const milesAway = [0, 3, 5, 8, 12, 2, 4]
const travel = travelOnPlane(milesAway.map((miles) => ({ x: miles * metersPerMile, y: 0 })))

const lockers = (siteId: string, at: number, changes: Partial<OfferSite> = {}): OfferSite => ({
  siteId,
  kind: 'lockers',
  at,
  machines: [machineFacts(`${siteId} printer`, { machine: { siteId } })],
  freeCompartments: [
    { compartmentId: 'large', sizeMm: { x: 400, y: 400, z: 400 } },
    { compartmentId: 'small', sizeMm: { x: 100, y: 80, z: 50 } },
  ],
  ...changes,
})
const warehouse = (centsPerMinute: bigint): OfferSite => ({
  ...lockers('warehouse', 3),
  kind: 'warehouse',
  machines: [
    machineFacts('warehouse printer', { machine: { siteId: 'warehouse', centsPerMinute } }),
  ],
})
const truck = (
  vehicleId: string,
  at: number,
  changes: Partial<OfferVehicle> = {},
): OfferVehicle => ({
  siteId: `${vehicleId} site`,
  route: {
    vehicleId,
    inService: true,
    at,
    stops: [],
    committedStops: 0,
    shiftEndsAtMs: minutesFromNow(480),
  },
  machines: [machineFacts(`${vehicleId} printer`, { machine: { siteId: `${vehicleId} site` } })],
  ...changes,
})
const facts = (changes: Partial<OfferFacts> = {}): OfferFacts => ({
  item: handle,
  customization: whitePla,
  quantity: 1,
  destination: { at: 0, serviceSeconds: 60 },
  sites: [lockers('corner', 1)],
  vehicles: [truck('van', 2)],
  travel,
  preferences: anyPreference,
  supplier: noLimits,
  makingFactors: {},
  nowMs,
  ...changes,
})
const summary = (of: ReturnType<typeof makeOffers>) => ({
  offers: of.offers.map(({ key }) => key),
  whyNot: of.whyNot.map(({ method, code }) => `${method}: ${code}`),
})

test('lockers and trucks are offered with price lines, promise and the place that is held', () => {
  const { offers, whyNot, decision } = makeOffers(facts({ vehicles: [truck('van', 3)] }), rules)
  expect(whyNot).toEqual([])
  expect(offers).toMatchObject([
    {
      key: 'pickup/corner',
      kind: 'made',
      machineId: 'corner printer',
      vehicleId: null,
      compartmentId: 'small',
      // 900 the item, 12 min * 5, 20 g * 4, 99 for the compartment.
      totalCents: 1139n,
      promise: { makeStartsAtMs: nowMs, p50AtMs: minutesFromNow(12 * 1.1 + 1) },
      expiresAtMs: minutesFromNow(10),
      preferred: true,
    },
    { key: 'truck/van', method: 'truck', vehicleId: 'van', compartmentId: null, preferred: true },
  ])
  // An idle van drives 8 miles for this stop alone: 299 + 12.875 km * 35.
  expect(offers[1]?.price).toContainEqual({ code: 'delivery', cents: 750n })
  expect(decision).toMatchObject({ kind: 'offers', chosen: 'pickup/corner' })
})

test('a warehouse sends by carrier: the way is paid for, and the promise counts its hours', () => {
  const { offers, whyNot } = makeOffers(facts({ sites: [warehouse(5n)], vehicles: [] }), rules)
  expect(whyNot).toEqual([])
  // 900 the item, 12 min * 5, 20 g * 4, 449 + 12.875 km * 1 to send it.
  const ready = 12 * 1.1
  expect(offers).toMatchObject([
    {
      key: 'carrier/warehouse',
      method: 'carrier',
      machineId: 'warehouse printer',
      vehicleId: null,
      compartmentId: null,
      totalCents: 1502n,
      promise: { readyAtMs: minutesFromNow(ready), p50AtMs: minutesFromNow(ready + 20 * 60) },
    },
  ])
})

test('of two warehouses the nearer is preferred, where both are as fast', () => {
  const machines = [machineFacts('whitby printer', { machine: { siteId: 'whitby' } })]
  const near = { ...warehouse(5n), siteId: 'whitby', at: 1, machines }
  const { offers } = makeOffers(facts({ sites: [warehouse(5n), near], vehicles: [] }), rules)
  expect(offers.find(({ preferred }) => preferred)?.key).toBe('carrier/whitby')
})

test('a warehouse to which no carrier comes says so', () => {
  const choice = makeOffers(facts({ sites: [warehouse(5n)], vehicles: [] }), {
    ...rules,
    parcels: null,
  })
  expect(summary(choice)).toEqual({ offers: [], whyNot: ['carrier: method_not_offered'] })
})

test('three ways: too dear in the warehouse, too far to fetch, so only the truck', () => {
  const choice = makeOffers(
    facts({
      sites: [warehouse(40n), lockers('far corner', 4)],
      preferences: { ...anyPreference, maxPickupMiles: 10 },
      supplier: { ...noLimits, maxMakeCents: 300n },
    }),
    rules,
  )
  expect(choice.offers.map(({ key }) => key)).toEqual(['truck/van'])
  expect(choice.whyNot).toMatchObject([
    {
      method: 'carrier',
      code: 'dearer_than_supplier_allows',
      details: { makeCents: 560, maxMakeCents: 300, nearest: 'warehouse' },
    },
    {
      method: 'pickup',
      code: 'too_far_to_fetch',
      details: { meters: Math.round(12 * metersPerMile), maxMeters: 10 * metersPerMile },
    },
  ])
})

test('ten miles: only machines within ten miles of home make it', () => {
  const choice = makeOffers(
    facts({
      sites: [lockers('near', 3), lockers('far', 4)],
      vehicles: [truck('near van', 5), truck('far van', 4)],
      preferences: { ...anyPreference, maxMachineMiles: 10 },
    }),
    rules,
  )
  expect(summary(choice)).toEqual({
    offers: ['truck/near van', 'pickup/near'],
    whyNot: ['pickup: too_far', 'truck: too_far'],
  })
})

test.each<[string, Partial<OfferFacts>, string[]]>([
  [
    'an item that is only stocked',
    { item: { ...handle, made: false } },
    ['pickup: not_made_on_demand', 'truck: not_made_on_demand'],
  ],
  [
    'a buyer who wants it brought',
    { preferences: { ...anyPreference, methods: ['truck'] } },
    ['pickup: not_wanted_by_buyer'],
  ],
  [
    'a supplier without trucks',
    { supplier: { ...noLimits, methods: ['pickup'] } },
    ['truck: not_allowed_by_supplier'],
  ],
  [
    'a supplier who allows one place',
    { supplier: { ...noLimits, siteIds: ['van site'] } },
    ['pickup: not_allowed_by_supplier'],
  ],
  [
    'full lockers',
    { sites: [lockers('corner', 1, { freeCompartments: [] })] },
    ['pickup: no_compartment_free'],
  ],
  [
    'two parts in a compartment for one',
    {
      quantity: 2,
      sites: [
        lockers('corner', 1, {
          freeCompartments: [{ compartmentId: 'c', sizeMm: { x: 30, y: 40, z: 60 } }],
        }),
      ],
    },
    ['pickup: compartments_too_small'],
  ],
  [
    'an empty site',
    { sites: [lockers('corner', 1, { machines: [] })] },
    ['pickup: no_machine_here'],
  ],
  ['a place that no road leads to', { sites: [lockers('island', 99)] }, ['pickup: unreachable']],
  ['a kiosk', { sites: [lockers('kiosk', 1, { kind: 'kiosk' })] }, ['kiosk: method_not_offered']],
  [
    'a truck without a machine',
    { vehicles: [truck('van', 2, { machines: [] })] },
    ['truck: no_machine_on_board_fits'],
  ],
  [
    'a truck whose machine is empty',
    { vehicles: [truck('van', 2, { machines: [machineFacts('p', { caps: { materials: [] } })] })] },
    ['truck: material'],
  ],
  [
    'a buyer in a hurry',
    { preferences: { ...anyPreference, wantByMs: minutesFromNow(17.3) } },
    ['truck: not_there_in_time'],
  ],
])('%s: the answer says why', (_what, changes, whyNot) => {
  expect(summary(makeOffers(facts(changes), rules)).whyNot).toEqual(whyNot)
})

test('of many places three of each method are offered, the soonest first', () => {
  const sites = [6, 5, 4, 3].map((at) =>
    lockers(`bank ${at}`, at, {
      machines: [machineFacts(`m${at}`, { freeAtMs: minutesFromNow(at) })],
    }),
  )
  const choice = makeOffers(facts({ sites, vehicles: [] }), rules)
  expect(summary(choice)).toEqual({
    offers: ['pickup/bank 3', 'pickup/bank 4', 'pickup/bank 5'],
    whyNot: ['pickup: others_are_better'],
  })
})

test('at Evergreen Terrace the preferred truck is the one that passes next door', () => {
  const { request, vehicles } = evergreenTerrace
  const offered = vehicles.map(({ machines, ...route }): OfferVehicle => ({
    siteId: route.vehicleId,
    route,
    machines: machines.map(({ machineId, freeAtMs, makingMinutes }) =>
      machineFacts(machineId, { freeAtMs, machine: { speed: 12 / makingMinutes } }),
    ),
  }))
  const { offers } = makeOffers(
    facts({
      sites: [],
      vehicles: offered,
      travel: evergreenTerrace.travel,
      destination: { at: request.at, serviceSeconds: request.serviceSeconds },
    }),
    rules,
  )
  expect(offers.map(({ vehicleId, preferred }) => [vehicleId, preferred])).toEqual([
    ['van', false],
    ['mobile factory', false],
    ['grocery truck', true],
  ])
})

test('what is learned of a machine model moves the promise and not the price', () => {
  const pickupOnly = { vehicles: [] }
  const makingFactors = { mk4: { p50: 2, p95: 3 } }
  const [slow] = makeOffers(facts({ ...pickupOnly, makingFactors }), rules).offers
  const [usual] = makeOffers(facts(pickupOnly), rules).offers
  expect(slow?.promise.p50AtMs).toBe(minutesFromNow(12 * 2 + 1))
  expect(slow?.totalCents).toBe(usual?.totalCents)
})

const busyMachine = (id: string, freeIn: number) =>
  machineFacts(id, { freeAtMs: minutesFromNow(freeIn) })

test('every place is in the decision, and no offer breaks a limit', () => {
  const place = fc.integer({ min: 1, max: 6 })
  const free = fc.integer({ min: 0, max: 60 })
  const drawn = fc.array(fc.tuple(place, free), { maxLength: 6 })
  const limit = fc.option(fc.integer({ min: 1, max: 12 }))
  const ceiling = fc.option(fc.integer({ min: 100, max: 200 }))
  fc.assert(
    fc.property(drawn, drawn, limit, limit, ceiling, (banks, vans, miles, pickupMiles, cents) => {
      const given = facts({
        sites: banks.map(([at, freeIn], index) =>
          lockers(`s${index}`, at, { machines: [busyMachine(`sm${index}`, freeIn)] }),
        ),
        vehicles: vans.map(([at, freeIn], index) =>
          truck(`v${index}`, at, { machines: [busyMachine(`vm${index}`, freeIn)] }),
        ),
        preferences: { ...anyPreference, maxMachineMiles: miles, maxPickupMiles: pickupMiles },
        supplier: { ...noLimits, maxMakeCents: cents === null ? null : BigInt(cents) },
      })
      const choice = makeOffers(given, rules)
      expect(choice.decision.candidates.map(({ id }) => id).toSorted(byId)).toEqual(
        [
          ...banks.map((_, index) => `pickup/s${index}`),
          ...vans.map((_, index) => `truck/v${index}`),
        ].toSorted(byId),
      )
      for (const offer of choice.offers) {
        const [list, index] =
          offer.method === 'truck'
            ? [vans, Number(offer.vehicleId?.slice(1))]
            : [banks, Number(offer.key.slice('pickup/s'.length))]
        const away = milesAway[list[index]?.[0] ?? -1] ?? Infinity
        expect(away).toBeLessThanOrEqual((miles ?? Infinity) + 0.001)
        if (offer.method === 'pickup') {
          expect(away).toBeLessThanOrEqual((pickupMiles ?? Infinity) + 0.001)
        }
        expect(offer.making.makeCents).toBeLessThanOrEqual(BigInt(cents ?? 1e9))
        expect(offer.price.reduce((sum, line) => sum + line.cents, 0n)).toBe(offer.totalCents)
      }
      expect(makeOffers(given, rules)).toEqual(choice)
    }),
  )
})
