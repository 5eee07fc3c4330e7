// Lengths and bearings on the earth's ellipsoid, exact enough at the scale of a city.
const EQUATOR_METERS = 6_378_137
const FLATTENING = 1 / 298.257_223_563
const ECCENTRICITY = FLATTENING * (2 - FLATTENING)
const RADIANS = Math.PI / 180

/** How many metres a degree of longitude has at a latitude (WGS 84). */
export function metersPerLon(lat: number): number {
  return EQUATOR_METERS * RADIANS * Math.cos(lat * RADIANS) * curvature(lat)
}

/** How many metres a degree of latitude has at a latitude (WGS 84). */
export function metersPerLat(lat: number): number {
  const across = curvature(lat)
  return EQUATOR_METERS * RADIANS * across * across * across * (1 - ECCENTRICITY)
}

export function metersBetween(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const middle = (lat1 + lat2) / 2
  return Math.hypot((lon2 - lon1) * metersPerLon(middle), (lat2 - lat1) * metersPerLat(middle))
}

/** Degrees clockwise from north. */
export function bearing(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const east = (lon2 - lon1) * Math.cos(((lat1 + lat2) / 2) * RADIANS)
  return Math.atan2(east, lat2 - lat1) / RADIANS
}

function curvature(lat: number): number {
  const sine = Math.sin(lat * RADIANS)
  return 1 / Math.sqrt(1 - ECCENTRICITY * sine * sine)
}
