// Reads a map file for all who need it: drivable ways, their nodes, turn restrictions, addresses.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Place } from '../../domain/model/place.ts'
import { readOsmPbf } from './osmPbf.ts'
import type { Member, OsmSink, Tags } from './osmSink.ts'
import { readOsmXml } from './osmXml.ts'

export interface OsmMap {
  /** First 16 hex digits of the file's SHA-256. */
  version: string
  /** Node coordinates; ways name nodes by their index here. */
  lon: Float64Array
  lat: Float64Array
  /** Tags of the nodes that slow or stop traffic, by index. */
  obstacles: Map<number, Tags>
  ways: { id: number; nodes: Int32Array; tags: Tags }[]
  restrictions: { from: number; via: number; to: number; only: boolean }[]
  addresses: { place: Place; number: string; street: string }[]
}

export async function readOsm(path: string): Promise<OsmMap> {
  return osmOf(await readFile(path), path)
}

/** From a map file's bytes; `path` says by its ending which format it has. */
export function osmOf(file: Buffer, path: string): OsmMap {
  const collected = collector()
  if (path.endsWith('.pbf')) readOsmPbf(file, collected.sink)
  else readOsmXml(file.toString('utf8'), collected.sink)
  const map = collected.finish(createHash('sha256').update(file).digest('hex').slice(0, 16))
  if (map.lon.length === 0) throw new Error(`map: ${path} holds no node; is it OSM XML or PBF?`)
  return map
}

interface RawWay {
  id: number
  refs: number[]
  tags: Tags
}

function collector() {
  const ids: number[] = []
  const lons: number[] = []
  const lats: number[] = []
  const tagged: { index: number; tags: Tags }[] = []
  const ways: RawWay[] = []
  const restrictions: { members: Member[]; tags: Tags }[] = []

  const sink: OsmSink = {
    node(id, lon, lat, tags) {
      if (tags) tagged.push({ index: ids.length, tags })
      ids.push(id)
      lons.push(lon)
      lats.push(lat)
    },
    way(id, refs, tags) {
      if (tags['highway'] || tags['route'] === 'ferry' || tags['addr:housenumber']) {
        ways.push({ id, refs, tags })
      }
    },
    relation(_id, members, tags) {
      if (tags['type'] === 'restriction') restrictions.push({ members, tags })
    },
  }

  function finish(version: string): OsmMap {
    const find = finder(ids)
    const nodesOf = (way: RawWay) =>
      Int32Array.from(way.refs.map(find).filter((index) => index >= 0))
    const lon = Float64Array.from(lons)
    const lat = Float64Array.from(lats)
    const located = ways.map((way) => ({ id: way.id, nodes: nodesOf(way), tags: way.tags }))
    return {
      version,
      lon,
      lat,
      obstacles: new Map(
        tagged
          .filter(({ tags }) => tags['highway'] || tags['barrier'])
          .map(({ index, tags }) => [index, tags]),
      ),
      ways: located.filter(({ tags }) => tags['highway'] || tags['route']),
      restrictions: restrictions.flatMap((relation) => restrictionOf(relation, find)),
      addresses: [
        ...tagged.flatMap(({ index, tags }) => addressOf(tags, lon, lat, [index])),
        ...located.flatMap(({ nodes, tags }) => addressOf(tags, lon, lat, nodes)),
      ],
    }
  }
  return { sink, finish }
}

/** From a node's id to its index. Files are sorted by id as a rule; where not, an order is made. */
function finder(ids: number[]): (id: number) => number {
  const sorted = ids.every((id, index) => index === 0 || (ids[index - 1] ?? 0) < id)
  const byId = Int32Array.from(ids.keys())
  if (!sorted) byId.sort((a, b) => (ids[a] ?? 0) - (ids[b] ?? 0))
  return (id) => {
    let low = 0
    let high = byId.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const index = byId[middle] ?? 0
      const seen = ids[index] ?? 0
      if (seen === id) return index
      if (seen < id) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

/** Restrictions through one node that bind cars; those through whole ways are rare and left out. */
function restrictionOf(
  { members, tags }: { members: Member[]; tags: Tags },
  find: (id: number) => number,
): OsmMap['restrictions'] {
  const kind = tags['restriction:motorcar'] ?? tags['restriction']
  if (!kind || /motorcar|motor_vehicle/.test(tags['except'] ?? '')) return []
  const from = members.find(({ role, type }) => role === 'from' && type === 'way')
  const to = members.find(({ role, type }) => role === 'to' && type === 'way')
  const via = members.find(({ role, type }) => role === 'via' && type === 'node')
  if (!from || !to || !via || !/^(no|only)_/.test(kind)) return []
  return [{ from: from.ref, via: find(via.ref), to: to.ref, only: kind.startsWith('only_') }]
}

/** A house is a node or the outline of a building, whose middle is taken. */
function addressOf(
  tags: Tags,
  lon: Float64Array,
  lat: Float64Array,
  nodes: ArrayLike<number>,
): OsmMap['addresses'] {
  const number = tags['addr:housenumber']
  const street = tags['addr:street'] ?? tags['addr:place']
  if (!number || !street || nodes.length === 0) return []
  const indexes = Array.from(nodes)
  const middle = (of: Float64Array) => {
    const values = indexes.map((index) => of[index] ?? 0)
    return (Math.min(...values) + Math.max(...values)) / 2
  }
  return [{ place: { lon: middle(lon), lat: middle(lat) }, number, street }]
}
