// Writes the demo city as an OpenStreetMap file: the same bytes for the same seed.
import { planCity, type Block, type CityPlan } from './cityPlan.ts'
import { housesOf, nameStreets, type Street } from './cityStreets.ts'
import { metersPerLat, metersPerLon } from './geo.ts'
import { seededRandom } from './random.ts'

export const CITY_SEED = 742
/** The middle of the city; the land around it is made up. */
export const CITY_MIDDLE = { lon: -89.65, lat: 39.8 }

export function cityOsm(seed: number = CITY_SEED): string {
  const plan = planCity(seed)
  const random = seededRandom(seed + 1)
  const streets = nameStreets(plan, random)
  const out = draft()

  for (const { x, y, signals } of plan.junctions) {
    out.node({ x, y }, signals ? { highway: 'traffic_signals' } : {})
  }
  // Nodes come before ways in the file, and in the order of their ids.
  const lines = streets.map((street) =>
    street.blocks.map((block) => curve(plan, block, random).map((point) => out.point(point))),
  )
  for (const [index, street] of streets.entries()) {
    for (const [nth, points] of lines[index]!.entries()) buildHouses(out, street, nth, points)
  }
  const river = plan.river.map((point) => out.point(point).id)
  for (const [index, street] of streets.entries()) buildWays(out, street, lines[index]!)
  out.way(river, { waterway: 'river', name: 'Amber River' })
  return out.text()
}

interface Point {
  x: number
  y: number
  /** Set where the point is a node already. */
  id?: number
}

interface Located {
  x: number
  y: number
  id: number
}

type Draft = ReturnType<typeof draft>

function draft() {
  const lines: string[] = []
  let nodes = 0
  let ways = 0
  const lonMeters = metersPerLon(CITY_MIDDLE.lat)
  const latMeters = metersPerLat(CITY_MIDDLE.lat)

  function node({ x, y }: Point, tags: Record<string, string>): number {
    nodes++
    const lon = (CITY_MIDDLE.lon + x / lonMeters).toFixed(7)
    const lat = (CITY_MIDDLE.lat + y / latMeters).toFixed(7)
    const inner = tagLines(tags).join('')
    const open = `<node id="${nodes}" version="1" lat="${lat}" lon="${lon}"`
    lines.push(inner ? `${open}>${inner}</node>` : `${open}/>`)
    return nodes
  }
  return {
    node,
    point: (point: Point): Located => ({ ...point, id: point.id ?? node(point, {}) }),
    way(refs: readonly number[], tags: Record<string, string>): void {
      ways++
      const nds = refs.map((ref) => `<nd ref="${ref}"/>`).join('')
      lines.push(`<way id="${ways}" version="1">${nds}${tagLines(tags).join('')}</way>`)
    },
    text: () =>
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<osm version="0.6" generator="fabroute">',
        ...lines,
        '</osm>\n',
      ].join('\n'),
  }
}

function tagLines(tags: Record<string, string>): string[] {
  return Object.entries(tags).map(([key, value]) => `<tag k="${key}" v="${value}"/>`)
}

/** A block from junction to junction, bent a little; bridges are straight. */
function curve(plan: CityPlan, block: Block, random: () => number): Point[] {
  const from = { ...plan.junctions[block.from]!, id: block.from + 1 }
  const to = { ...plan.junctions[block.to]!, id: block.to + 1 }
  const bow = (random() - 0.5) * 0.12
  if (block.bridge) return [from, to]
  const between = [0.33, 0.67].map((share) => ({
    x: from.x + (to.x - from.x) * share - (to.y - from.y) * bow,
    y: from.y + (to.y - from.y) * share + (to.x - from.x) * bow,
  }))
  return [from, ...between, to]
}

const HOUSE_SETBACK_METERS = 14

function buildHouses(out: Draft, street: Street, nth: number, points: readonly Located[]): void {
  const lengths = points.map((point, index) => {
    const previous = points[index - 1] ?? point
    return Math.hypot(point.x - previous.x, point.y - previous.y)
  })
  const length = lengths.reduce((sum, each) => sum + each, 0)
  for (const { number, along, side } of housesOf(street, nth, length)) {
    let left = along * length
    const index = lengths.findIndex((each, at) => at > 0 && (left -= each) <= 0)
    const [a, b] = [points[index - 1]!, points[index]!]
    const [dx, dy] = [(b.x - a.x) / lengths[index]!, (b.y - a.y) / lengths[index]!]
    const back = lengths[index]! + left
    const across = side === 'right' ? HOUSE_SETBACK_METERS : -HOUSE_SETBACK_METERS
    const spot = { x: a.x + dx * back + dy * across, y: a.y + dy * back - dx * across }
    out.node(spot, { 'addr:housenumber': String(number), 'addr:street': street.name })
  }
}

/** One way for each stretch of a street between its bridges. */
function buildWays(out: Draft, street: Street, lines: readonly Located[][]): void {
  const tags = {
    highway: street.kind,
    name: street.name,
    maxspeed: String(street.maxspeed),
    ...(street.oneway ? { oneway: 'yes' } : {}),
  }
  let refs: number[] = []
  const flush = () => {
    if (refs.length > 0) out.way(refs, tags)
    refs = []
  }
  for (const [index, block] of street.blocks.entries()) {
    const ids = lines[index]!.map(({ id }) => id)
    if (block.bridge) {
      flush()
      out.way(ids, { ...tags, bridge: 'yes', layer: '1' })
    } else refs.push(...(refs.length > 0 ? ids.slice(1) : ids))
  }
  flush()
}

// `node services/router/city.ts <file>` is how the demo gets its map.
