// Maps for the router's tests: the demo city with an island beside it, and maps drawn by hand.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cityOsm, CITY_MIDDLE } from '../../../services/router/city.ts'

/** Two crossing streets 10 km east of the city, with no bridge to it. */
export const ISLAND = { lon: CITY_MIDDLE.lon + 0.2, lat: CITY_MIDDLE.lat }
export const ISLAND_END = { lon: ISLAND.lon + 0.004, lat: ISLAND.lat }
/** Open sea: no road within many kilometres. */
export const SEA = { lon: CITY_MIDDLE.lon - 0.5, lat: CITY_MIDDLE.lat }

const STEP = 0.004

export async function cityWithIsland(): Promise<{
  dir: string
  path: string
  drop(): Promise<void>
}> {
  const dir = await mkdtemp(join(tmpdir(), 'fabroute-router-'))
  const path = join(dir, 'city.osm')
  await writeFile(path, cityOsm().replace('</osm>', `${island()}</osm>`))
  return { dir, path, drop: () => rm(dir, { recursive: true, force: true }) }
}

function island(): string {
  const around = [
    [0, 0],
    [-STEP, 0],
    [STEP, 0],
    [0, -STEP],
    [0, STEP],
  ]
  const nodes = around.map(([east = 0, north = 0], index) => {
    const [lon, lat] = [(ISLAND.lon + east).toFixed(7), (ISLAND.lat + north).toFixed(7)]
    return `<node id="${9_000_001 + index}" version="1" lat="${lat}" lon="${lon}"/>`
  })
  return [...nodes, way(9_000_001, [2, 1, 3]), way(9_000_002, [4, 1, 5])].join('\n')
}

export interface DrawnWay {
  refs: number[]
  tags: Record<string, string>
}

/** A map in metres around a point on the equator, written as OSM XML. */
export function drawn(
  nodes: readonly { x: number; y: number; tags?: Record<string, string> }[],
  ways: readonly DrawnWay[],
  relations = '',
): string {
  return `<?xml version='1.0'?><!-- drawn > by hand --><osm version='0.6'>
${nodes
  .map(
    ({ x, y, tags }, index) =>
      `<node id='${index + 1}' lat='${degrees(y * 1.006_739)}' lon='${degrees(x)}'>` +
      `${tagged(tags)}</node>`,
  )
  .join('\n')}
${ways
  .map(
    ({ refs, tags }, index) =>
      `<way id='${index + 1}'>${refs.map((ref) => `<nd ref='${ref}'/>`).join('')}` +
      `${tagged(tags)}</way>`,
  )
  .join('\n')}
${relations}</osm>`
}

const way = (id: number, refs: number[]) =>
  `<way id="${id}" version="1">${refs.map((ref) => `<nd ref="${9_000_000 + ref}"/>`).join('')}` +
  '<tag k="highway" v="residential"/><tag k="name" v="Island Road"/></way>'

const tagged = (tags: Record<string, string> = {}) =>
  Object.entries(tags)
    .map(([key, value]) => `<tag k='${key}' v='${value}'/>`)
    .join('')

const degrees = (meters: number) => (meters / 111_319.490_8).toFixed(9)
