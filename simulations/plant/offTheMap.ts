// Refuses places that lie far from every street: snapped to the edge of the map they would look as if they were there.
import type { Place } from '../../domain/model/place.ts'
import { metersBetween } from '../../services/router/geo.ts'
import { type ScenarioFault, ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Streets } from './streets.ts'

/** A farm may lie far from the next junction that is on the map; another city is a slip. */
const mostMeters = 20_000

export function refuseOffTheMap(scenario: Scenario, streets: Streets): void {
  const faults = placesOf(scenario).flatMap(({ path, place }): ScenarioFault[] => {
    const at = streets.nearest(place)
    const meters = metersBetween(streets.lon[at]!, streets.lat[at]!, place.lon, place.lat)
    if (meters <= mostMeters) return []
    const far = Math.round(meters / 1000)
    return [{ path, message: `is off the map: ${far} km from the nearest street` }]
  })
  if (faults.length > 0) throw new ScenarioError(faults)
}

function placesOf({ sites, trucks, orders }: Scenario): { path: string; place: Place }[] {
  const found = [
    ...sites.map(({ place }, at) => ({ path: `/sites/${at}/place`, place })),
    ...trucks.flatMap(({ place, round }, at) => [
      { path: `/trucks/${at}/place`, place },
      ...round.places.map((stop, nth) => {
        return { path: `/trucks/${at}/round/places/${nth}/place`, place: stop.place }
      }),
    ]),
    ...orders.listed.map(({ place }, at) => ({ path: `/orders/listed/${at}/place`, place })),
    ...orders.generator.places.map(({ place }, at) => {
      return { path: `/orders/generator/places/${at}/place`, place }
    }),
  ]
  return found.flatMap(({ path, place }) => (place ? [{ path, place }] : []))
}
