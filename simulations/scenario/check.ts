// Finds what contradicts itself in a scenario whose every field is as it should be: names of nothing, hours
// that end before they begin, items that no machine can make.
import type { ScenarioFault } from './load.ts'
import type { Scenario } from './scenario.ts'

export function contradictions(scenario: Scenario): ScenarioFault[] {
  return [
    ...doubledNames(scenario),
    ...unknownNames(scenario),
    ...impossibleHours(scenario),
    ...hollowPlaces(scenario),
    ...brokenMap(scenario),
    ...orphanItems(scenario),
    ...wrongIncidents(scenario),
    ...nothingOfTheDay(scenario),
    ...twoSources(scenario),
  ]
}

function twoSources({ orders: { recording, fittedTo } }: Scenario): ScenarioFault[] {
  if (recording === null || fittedTo === null) return []
  return [{ path: '/orders/fittedTo', message: 'cannot stand beside a recording that is played' }]
}

interface Named {
  path: string
  name: string
}

function doubledNames({ models, items, sites, trucks, couriers, map }: Scenario): ScenarioFault[] {
  const junctions = map.junctions.map(({ name }, at) => ({
    path: `/map/junctions/${at}/name`,
    name,
  }))
  const places = [
    ...named('sites', sites),
    ...named('trucks', trucks),
    ...named('couriers', couriers),
  ]
  return [named('models', models), named('items', items), places, junctions].flatMap((names) =>
    names
      .filter(({ name }, at) => names.findIndex((other) => other.name === name) < at)
      .map(({ path, name }) => ({ path, message: `names "${name}" a second time` })),
  )
}

function named(list: string, entries: readonly { id: string }[]): Named[] {
  return entries.map(({ id }, at) => ({ path: `/${list}/${at}/id`, name: id }))
}

function unknownNames(scenario: Scenario): ScenarioFault[] {
  const { models, items, sites, trucks, couriers, incidents, map, orders } = scenario
  const placed = [
    ...sites.map(({ machines, stock }, at) => ({ path: `/sites/${at}`, machines, stock })),
    ...trucks.map(({ machines, stock }, at) => ({ path: `/trucks/${at}`, machines, stock })),
  ]
  const machineModels = placed.flatMap(({ path, machines }) =>
    machines.map(({ model }, at) => ({ path: `${path}/machines/${at}/model`, name: model })),
  )
  const stocked = placed.flatMap(({ path, stock }) =>
    stock.map(({ item }, at) => ({ path: `${path}/stock/${at}/item`, name: item })),
  )
  const listed = orders.listed.map(({ item }, at) => {
    return { path: `/orders/listed/${at}/item`, name: item }
  })
  const stand = Object.entries(orders.itemsAs).map(([as, name]) => {
    return { path: `/orders/itemsAs/${as.replaceAll('~', '~0').replaceAll('/', '~1')}`, name }
  })
  const bases = couriers.map(({ site }, at) => ({ path: `/couriers/${at}/site`, name: site }))
  const suppliers = sites.flatMap(({ suppliedBy: name }, at) =>
    name === null ? [] : [{ path: `/sites/${at}/suppliedBy`, name }],
  )
  const struck = incidents.map(({ at: name }, at) => ({ path: `/incidents/${at}/at`, name }))
  const ends = map.roads.flatMap(({ from, to }, at) => [
    { path: `/map/roads/${at}/from`, name: from },
    { path: `/map/roads/${at}/to`, name: to },
  ])
  const junctions = new Set(map.junctions.map(({ name }) => name))
  return [
    ...strangers(machineModels, idsOf(models), 'a model of machine'),
    ...strangers([...stocked, ...listed, ...stand], idsOf(items), 'an item'),
    ...strangers([...bases, ...suppliers], idsOf(sites), 'a site'),
    ...strangers(ends, junctions, 'a junction'),
    ...strangers(
      struck,
      new Set([...idsOf(sites), ...vehicleNames(scenario)]),
      'a site or vehicle',
    ),
  ]
}

function idsOf(entries: readonly { id: string }[]): Set<string> {
  return new Set(entries.map(({ id }) => id))
}

function strangers(names: readonly Named[], known: ReadonlySet<string>, what: string) {
  return names
    .filter(({ name }) => !known.has(name))
    .map(({ path, name }): ScenarioFault => {
      return { path, message: `"${name}" is not ${what} of this scenario` }
    })
}

/** Those of a group of one have the group's name, others a number behind it. */
export function vehicleNames({ trucks, couriers }: Scenario): string[] {
  return [...trucks, ...couriers].flatMap((group) => namesOf(group))
}

export function namesOf({ id, count }: { id: string; count: number }): string[] {
  return count === 1 ? [id] : Array.from({ length: count }, (_, nth) => `${id}-${nth + 1}`)
}

function impossibleHours({ hours, trucks, couriers, sites }: Scenario): ScenarioFault[] {
  const shifts = [
    ...trucks.map(({ shift }, at) => ({ path: `/trucks/${at}/shift`, ...shift })),
    ...couriers.map(({ shift }, at) => ({ path: `/couriers/${at}/shift`, ...shift })),
  ]
  const spans = [
    { path: '/hours/toHour', from: hours.fromHour, to: hours.toHour },
    ...shifts.map(({ path, fromHour, toHour }) => {
      return { path: `${path}/toHour`, from: fromHour, to: toHour }
    }),
    ...sites.map(({ opensAtHour, closesAtHour }, at) => {
      return { path: `/sites/${at}/closesAtHour`, from: opensAtHour, to: closesAtHour }
    }),
  ]
  const date = Number.isNaN(Date.parse(hours.date))
    ? [{ path: '/hours/date', message: `"${hours.date}" is no day of the calendar` }]
    : []
  return [
    ...date,
    ...spans
      .filter(({ from, to }) => to <= from)
      .map(({ path, from, to }) => ({ path, message: `${to} is not after ${from}` })),
  ]
}

function hollowPlaces({ sites, orders }: Scenario): ScenarioFault[] {
  const { hours, places } = orders.generator
  const hollow = sites.flatMap(({ kind, compartments }, at) =>
    kind !== 'warehouse' && compartments === 0
      ? [{ path: `/sites/${at}/compartments`, message: `must be above 0 for a site of "${kind}"` }]
      : [],
  )
  const idle = sites.flatMap(({ id, kind, suppliedBy, takenBackAfterMinutes }, at) => [
    ...(suppliedBy === id
      ? [{ path: `/sites/${at}/suppliedBy`, message: 'is the site itself' }]
      : []),
    ...Object.entries({ suppliedBy, takenBackAfterMinutes })
      .filter(([, value]) => kind === 'warehouse' && value !== null)
      .map(([name]) => ({ path: `/sites/${at}/${name}`, message: 'is for lockers and kiosks' })),
  ])
  const partial = places.flatMap((place, at) =>
    place.hours.length === 0 || place.hours.length === 24
      ? []
      : [
          {
            path: `/orders/generator/places/${at}/hours`,
            message: 'must have 24 figures, or none',
          },
        ],
  )
  const silent = [
    ...(isSilent(hours) ? ['hours'] : []),
    ...(places.length > 0 && isSilent(places.map(({ weight }) => weight)) ? ['places'] : []),
  ].map((name) => ({ path: `/orders/generator/${name}`, message: 'has nothing above 0' }))
  return [...hollow, ...idle, ...partial, ...silent]
}

function isSilent(figures: readonly number[]): boolean {
  return figures.every((figure) => figure === 0)
}

function brokenMap({ map }: Scenario): ScenarioFault[] {
  const isDrawn = map.junctions.length > 0
  if (!isDrawn && map.roads.length > 0) {
    return [{ path: '/map/roads', message: 'lead nowhere: there are no junctions' }]
  }
  if (!isDrawn && map.file === null && map.demoCity === null) {
    return [{ path: '/map', message: 'is empty: name a demoCity, a file, or junctions and roads' }]
  }
  if (isDrawn && map.junctions.length > 1 && map.roads.length === 0) {
    return [{ path: '/map/roads', message: 'must join the junctions' }]
  }
  return []
}

/** An item is of use when some machine takes it, or some place has it in stock. */
function orphanItems({ items, models, sites, trucks }: Scenario): ScenarioFault[] {
  const places = [...sites, ...trucks]
  const present = new Set(places.flatMap(({ machines }) => machines.map(({ model }) => model)))
  const stocked = new Set(places.flatMap(({ stock }) => stock.map(({ item }) => item)))
  const shares = items.every(({ share }) => share === 0)
    ? [{ path: '/items', message: 'must have one that is asked for: all shares are 0' }]
    : []
  const orphans = items.flatMap(({ id, process, material, colours, made }, at) => {
    const isMade = models.some(
      (model) =>
        made &&
        present.has(model.id) &&
        model.process === process &&
        model.materials.some((one) => one.material === material && colours.includes(one.colour)),
    )
    if (isMade || stocked.has(id)) return []
    return [{ path: `/items/${at}`, message: `"${id}" is made by no machine and in no stock` }]
  })
  return [...shares, ...orphans]
}

/** Trucks break down and sites close; machines stop at either. */
function wrongIncidents(scenario: Scenario): ScenarioFault[] {
  const vehicles = new Set(vehicleNames(scenario))
  return scenario.incidents.flatMap(({ kind, at }, nth) => {
    const isVehicle = vehicles.has(at)
    const fits = kind === 'machines_stop' || (kind === 'truck_breaks_down' ? isVehicle : !isVehicle)
    return fits
      ? []
      : [{ path: `/incidents/${nth}/at`, message: `"${at}" cannot be what "${kind}"` }]
  })
}

/** What lies outside the hours that are simulated would change nothing, and nobody would notice. */
function nothingOfTheDay({ hours, incidents, orders }: Scenario): ScenarioFault[] {
  const { fromHour, toHour, drainMinutes } = hours
  const endHour = toHour + drainMinutes / 60
  const unseen = incidents.flatMap(({ hour, minutes }, at) => {
    const path = `/incidents/${at}/hour`
    if (hour >= endHour)
      return [{ path, message: `${hour} is after the day, which ends at ${endHour}` }]
    if (hour + minutes / 60 > fromHour) return []
    return [
      { path, message: `${hour} and its minutes are over before the day begins at ${fromHour}` },
    ]
  })
  const unplaced = orders.listed.flatMap(({ hour }, at) =>
    hour >= fromHour && hour < toHour
      ? []
      : [
          {
            path: `/orders/listed/${at}/hour`,
            message: `${hour} is outside the hours of orders, ${fromHour} to ${toHour}`,
          },
        ],
  )
  return [...unseen, ...unplaced]
}
