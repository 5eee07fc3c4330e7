// Decides who may drive a road and how fast: OSRM's car profile, so that both routers agree.
import type { Tags } from './osmSink.ts'

export interface Drive {
  metersPerSecond: number
  /** What the search prefers by: the speed, less where a road is narrow or a service road. */
  rate: number
}

export interface RoadRules {
  forward: Drive | null
  backward: Drive | null
  /** Only for those who have business there; entered as a last resort. */
  restricted: boolean
}

export function roadRules(tags: Tags): RoadRules | null {
  if (isClosed(tags)) return null
  const access = tags['motorcar'] ?? tags['motor_vehicle'] ?? tags['vehicle'] ?? tags['access']
  const base = baseKmh(tags, access)
  if (base === null) return null
  const restricted = RESTRICTED.has(access ?? '')
  if (FORBIDDEN.has(access ?? '') && !restricted) return null

  const oneway = direction(tags)
  const drive = (way: 'forward' | 'backward'): Drive => {
    const limit = maxspeedKmh(tags[`maxspeed:${way}`] ?? tags['maxspeed'])
    const kmh = Math.min(limit === null ? base : limit * SPEED_REDUCTION, surfaceKmh(tags))
    const metersPerSecond = kmh / 3.6
    return { metersPerSecond, rate: metersPerSecond * preference(tags, oneway === 'both') }
  }
  return {
    forward: oneway === 'backward' ? null : drive('forward'),
    backward: oneway === 'forward' ? null : drive('backward'),
    restricted,
  }
}

/** Seconds that a node on the road costs whoever passes; null where cars do not pass. */
export function obstacleSeconds(tags: Tags): number | null {
  const access = tags['motorcar'] ?? tags['motor_vehicle'] ?? tags['vehicle'] ?? tags['access']
  const barrier = tags['barrier']
  if (access) {
    if (FORBIDDEN.has(access) && !RESTRICTED.has(access)) return null
  } else if (barrier === 'gate' || barrier === 'lift_gate') return 60
  else if (barrier && !OPEN_BARRIERS.has(barrier) && !isLowered(tags)) return null
  return NODE_SECONDS[tags['highway'] ?? ''] ?? 0
}

/** Seconds lost in a turn at a junction; right is positive, traffic keeps to the right. */
export function turnSeconds(angleDegrees: number): number {
  const part = Math.abs(angleDegrees) / 180
  if (angleDegrees >= 0) return TURN_SECONDS * sigmoid((13 / TURN_BIAS) * part - 6.5 * TURN_BIAS)
  const oncoming = ONCOMING_SECONDS * sigmoid(13 * part - 3.25)
  return TURN_SECONDS * sigmoid(13 * TURN_BIAS * part - 6.5 / TURN_BIAS) + oncoming
}

export const UTURN_SECONDS = 27.5
/** Weight of turning into a restricted road: passed only when nothing else leads there. */
export const RESTRICTED_SECONDS = 6_553.5

const SPEED_REDUCTION = 0.8
const TURN_SECONDS = 7.5
const TURN_BIAS = 1.075
const ONCOMING_SECONDS = 2

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

const KMH: Record<string, number> = {
  motorway: 90,
  motorway_link: 45,
  trunk: 85,
  trunk_link: 40,
  primary: 65,
  primary_link: 30,
  secondary: 55,
  secondary_link: 25,
  tertiary: 40,
  tertiary_link: 20,
  unclassified: 25,
  residential: 25,
  living_street: 10,
  service: 15,
}

const WELCOME = new Set(['yes', 'motorcar', 'motor_vehicle', 'vehicle', 'permissive', 'designated'])
const RESTRICTED = new Set(
  'private delivery destination customers permit residents unknown'.split(' '),
)
const FORBIDDEN = new Set(
  (
    'no agricultural forestry emergency psv taxi share_taxi minibus bus foot emergency_vehicle ' +
    'restricted military official customers private delivery destination permit residents'
  ).split(' '),
)
const OPEN_BARRIERS = new Set(
  'cattle_grid border_control toll_booth sally_port no entrance height_restrictor arch'.split(' '),
)
const NODE_SECONDS: Record<string, number> = { traffic_signals: 2, stop: 2, give_way: 1 }

function isLowered(tags: Tags): boolean {
  return tags['bollard'] === 'rising' || tags['kerb'] === 'lowered' || tags['kerb'] === 'flush'
}

function isClosed(tags: Tags): boolean {
  const construction = tags['construction'] ?? 'no'
  return (
    tags['area'] === 'yes' ||
    tags['oneway'] === 'reversible' ||
    tags['impassable'] === 'yes' ||
    tags['status'] === 'impassable' ||
    tags['smoothness'] === 'impassable' ||
    tags['service'] === 'emergency_access' ||
    !['no', 'widening', 'minor'].includes(construction)
  )
}

function baseKmh(tags: Tags, access: string | undefined): number | null {
  const known = KMH[tags['highway'] ?? '']
  if (known !== undefined) return known
  if (tags['route'] === 'ferry') return 5
  const passable =
    tags['highway'] && !['steps', 'construction', 'proposed'].includes(tags['highway'])
  return passable && WELCOME.has(access ?? '') ? 10 : null
}

function direction(tags: Tags): 'forward' | 'backward' | 'both' {
  const oneway = tags['oneway:motorcar'] ?? tags['oneway:motor_vehicle'] ?? tags['oneway']
  if (oneway === '-1') return 'backward'
  if (oneway === 'yes' || oneway === '1' || oneway === 'true') return 'forward'
  const implied =
    tags['highway'] === 'motorway' ||
    tags['junction'] === 'roundabout' ||
    tags['junction'] === 'circular'
  return implied && oneway !== 'no' ? 'forward' : 'both'
}

function maxspeedKmh(value: string | undefined): number | null {
  if (!value) return null
  const number = Number.parseFloat(value)
  if (number > 0) return /mph/.test(value) ? number * 1.609 : number
  if (value === 'none') return 140
  const zone = /^\w\w:(\w+)$/.exec(value)?.[1]
  return { urban: 50, rural: 90, trunk: 110, motorway: 130 }[zone ?? ''] ?? null
}

const SURFACE_KMH: Record<string, number> = {
  'surface=paving_stones': 60,
  'surface=metal': 60,
  'surface=bricks': 60,
  'surface=grass': 40,
  'surface=wood': 40,
  'surface=sett': 40,
  'surface=gravel': 40,
  'surface=unpaved': 40,
  'surface=ground': 40,
  'surface=dirt': 40,
  'surface=cobblestone': 30,
  'surface=earth': 20,
  'surface=sand': 20,
  'surface=mud': 10,
  'tracktype=grade1': 60,
  'tracktype=grade2': 40,
  'tracktype=grade3': 30,
  'tracktype=grade4': 25,
  'tracktype=grade5': 20,
  'smoothness=bad': 40,
  'smoothness=very_bad': 20,
  'smoothness=horrible': 10,
}

function surfaceKmh(tags: Tags): number {
  const keys = ['surface', 'tracktype', 'smoothness']
  return Math.min(...keys.map((key) => SURFACE_KMH[`${key}=${tags[key] ?? ''}`] ?? Infinity))
}

const SLOW_SERVICE = new Set('alley parking parking_aisle driveway drive-through'.split(' '))

function preference(tags: Tags, bothWays: boolean): number {
  const penalties = [1]
  if (SLOW_SERVICE.has(tags['service'] ?? '')) penalties.push(0.5)
  if (tags['oneway'] === 'alternating') penalties.push(0.4)
  if (tags['side_road'] === 'yes' || tags['side_road'] === 'rotary') penalties.push(0.8)
  if (bothWays) {
    const lanes = Number.parseInt(tags['lanes'] ?? '', 10)
    const meters = Number.parseFloat(tags['width'] ?? '')
    if (lanes <= 1 || meters <= 3) penalties.push(0.5)
    else if (meters < 4) penalties.push(0.6)
    else if (meters < 5) penalties.push(0.75)
    else if (meters < 6) penalties.push(0.8)
    if (tags['lane_markings'] === 'no') penalties.push(0.75)
  }
  return Math.min(...penalties)
}
