// Chooses where the demo's sites stand on whatever map is given: at so many metres from the story's house.
import type { Place } from '../../domain/model/place.ts'
import { readOsm } from '../../services/router/osm.ts'

export interface House {
  place: Place
  label: string
}

export interface DemoPlaces {
  /** 742 Evergreen Terrace on the demo city's map; on another map a house in its middle. */
  home: House
  nextDoor: House
  /** The house that is nearest to a distance from the home, looking in a direction in degrees from north. */
  away: (meters: number, degrees: number) => House
}

const metersPerDegree = 111_320

export async function demoPlaces(mapPath: string): Promise<DemoPlaces> {
  const { addresses } = await readOsm(mapPath)
  const houses = addresses.map(({ place, number, street }) => ({
    place,
    label: `${number} ${street}`,
  }))
  if (houses.length < 20) {
    throw new Error(`The map ${mapPath} has ${houses.length} addresses; the demo needs at least 20`)
  }
  const named = (label: string) => houses.find((house) => house.label === label)
  const home = named('742 Evergreen Terrace') ?? nearest(houses, middleOf(houses), 1)
  const nextDoor = named('744 Evergreen Terrace') ?? nearest(houses, home.place, 2)
  return {
    home,
    nextDoor,
    away: (meters, degrees) => nearest(houses, moved(home.place, meters, degrees), 1),
  }
}

/** The nth nearest house: the first to a house is itself. */
function nearest(houses: readonly House[], place: Place, nth: number): House {
  const byDistance = houses.toSorted((a, b) => apart(a.place, place) - apart(b.place, place))
  const house = byDistance[nth - 1]
  if (!house) throw new Error('the map has too few addresses')
  return house
}

function middleOf(houses: readonly House[]): Place {
  const mean = (of: (house: House) => number) =>
    houses.reduce((sum, house) => sum + of(house), 0) / houses.length
  return { lon: mean(({ place }) => place.lon), lat: mean(({ place }) => place.lat) }
}

function moved({ lon, lat }: Place, meters: number, degrees: number): Place {
  const angle = (degrees * Math.PI) / 180
  const east = (Math.sin(angle) * meters) / (metersPerDegree * Math.cos((lat * Math.PI) / 180))
  return { lon: lon + east, lat: lat + (Math.cos(angle) * meters) / metersPerDegree }
}

function apart(a: Place, b: Place): number {
  const east = (a.lon - b.lon) * Math.cos((b.lat * Math.PI) / 180)
  return Math.hypot(east, a.lat - b.lat)
}
