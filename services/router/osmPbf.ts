// Reads OpenStreetMap PBF: protobuf's wire format by hand, field by field as it is specified.
import { inflateSync } from 'node:zlib'
import { noTags, type OsmSink, type Tags } from './osmSink.ts'

export function readOsmPbf(file: Uint8Array, sink: OsmSink): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  for (let at = 0; at < file.length;) {
    // Each blob: four bytes of header length (big endian), BlobHeader {1 type, 3 datasize}, Blob.
    const headerEnd = at + 4 + view.getUint32(at)
    let type = ''
    let size = 0
    eachField(wire(file.subarray(at + 4, headerEnd)), (field, from) => {
      if (field === 1) type = textOf(from)
      else if (field === 3) size = varint(from)
      else skip(from)
    })
    if (type === 'OSMData') readBlock(unpacked(file.subarray(headerEnd, headerEnd + size)), sink)
    at = headerEnd + size
  }
}

interface Wire {
  bytes: Uint8Array
  at: number
  end: number
  /** The wire type of the field that is being read. */
  type: number
}

function wire(bytes: Uint8Array): Wire {
  return { bytes, at: 0, end: bytes.length, type: 0 }
}

function varint(from: Wire): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = from.bytes[from.at++] ?? 0
    value += (byte & 127) * scale
    if (byte < 128) return value
    scale *= 128
  }
}

/** Negative numbers are folded between the positive ones (sint32, sint64). */
function zigzag(from: Wire): number {
  const value = varint(from)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function eachField(from: Wire, read: (field: number, from: Wire) => void): void {
  while (from.at < from.end) {
    const key = varint(from)
    from.type = key & 7
    read(Math.floor(key / 8), from)
  }
}

function bytesOf(from: Wire): Uint8Array {
  const size = varint(from)
  from.at += size
  return from.bytes.subarray(from.at - size, from.at)
}

const utf8 = new TextDecoder()

function textOf(from: Wire): string {
  return utf8.decode(bytesOf(from))
}

function packed(from: Wire, one: (from: Wire) => number): number[] {
  const list: number[] = []
  const inner = wire(bytesOf(from))
  while (inner.at < inner.end) list.push(one(inner))
  return list
}

function skip(from: Wire): void {
  if (from.type === 0) varint(from)
  else if (from.type === 1) from.at += 8
  else if (from.type === 2) bytesOf(from)
  else from.at += 4
}

/** Blob {1 raw, 3 zlib_data}: the two packings that map extracts are distributed in. */
function unpacked(blob: Uint8Array): Uint8Array {
  let block: Uint8Array | null = null
  eachField(wire(blob), (field, from) => {
    if (field === 1) block = bytesOf(from)
    else if (field === 3) block = inflateSync(bytesOf(from))
    else skip(from)
  })
  if (!block) throw new Error('map: a PBF blob that is packed neither raw nor with zlib')
  return block
}

interface Block {
  strings: string[]
  granularity: number
  lonOffset: number
  latOffset: number
}

/** PrimitiveBlock {1 stringtable, 2 groups, 17 granularity, 19 lat_offset, 20 lon_offset}. */
function readBlock(bytes: Uint8Array, sink: OsmSink): void {
  const block: Block = { strings: [], granularity: 100, lonOffset: 0, latOffset: 0 }
  const groups: Uint8Array[] = []
  eachField(wire(bytes), (field, from) => {
    if (field === 1) {
      eachField(wire(bytesOf(from)), (_, entry) => block.strings.push(textOf(entry)))
    } else if (field === 2) groups.push(bytesOf(from))
    else if (field === 17) block.granularity = varint(from)
    else if (field === 19) block.latOffset = varint(from)
    else if (field === 20) block.lonOffset = varint(from)
    else skip(from)
  })
  for (const group of groups) readGroup(group, block, sink)
}

/** PrimitiveGroup {1 nodes, 2 dense, 3 ways, 4 relations}. */
function readGroup(group: Uint8Array, block: Block, sink: OsmSink): void {
  eachField(wire(group), (field, from) => {
    if (field === 1) readNode(wire(bytesOf(from)), block, sink)
    else if (field === 2) readDense(wire(bytesOf(from)), block, sink)
    else if (field === 3) readWay(wire(bytesOf(from)), block, sink)
    else if (field === 4) readRelation(wire(bytesOf(from)), block, sink)
    else skip(from)
  })
}

function degrees(block: Block, offset: number, value: number): number {
  return 1e-9 * (offset + block.granularity * value)
}

/** Node {1 id, 2 keys, 3 vals, 8 lat, 9 lon}. */
function readNode(node: Wire, block: Block, sink: OsmSink): void {
  let id = 0
  let lon = 0
  let lat = 0
  let keys: number[] = []
  let values: number[] = []
  eachField(node, (field, from) => {
    if (field === 1) id = zigzag(from)
    else if (field === 2) keys = packed(from, varint)
    else if (field === 3) values = packed(from, varint)
    else if (field === 8) lat = degrees(block, block.latOffset, zigzag(from))
    else if (field === 9) lon = degrees(block, block.lonOffset, zigzag(from))
    else skip(from)
  })
  sink.node(id, lon, lat, keys.length > 0 ? tagsOf(block, keys, values) : null)
}

/** DenseNodes {1 id, 8 lat, 9 lon: deltas; 10 keys_vals: string pairs, a zero after each node}. */
function readDense(dense: Wire, block: Block, sink: OsmSink): void {
  let ids: number[] = []
  let lats: number[] = []
  let lons: number[] = []
  let pairs: number[] = []
  eachField(dense, (field, from) => {
    if (field === 1) ids = packed(from, zigzag)
    else if (field === 8) lats = packed(from, zigzag)
    else if (field === 9) lons = packed(from, zigzag)
    else if (field === 10) pairs = packed(from, varint)
    else skip(from)
  })
  let [id, lat, lon, pair] = [0, 0, 0, 0]
  for (let index = 0; index < ids.length; index++) {
    id += ids[index] ?? 0
    lat += lats[index] ?? 0
    lon += lons[index] ?? 0
    let tags: Tags | null = null
    for (; (pairs[pair] ?? 0) !== 0; pair += 2) {
      tags ??= noTags()
      tags[block.strings[pairs[pair] ?? 0] ?? ''] = block.strings[pairs[pair + 1] ?? 0] ?? ''
    }
    pair++
    sink.node(id, degrees(block, block.lonOffset, lon), degrees(block, block.latOffset, lat), tags)
  }
}

/** Way {1 id, 2 keys, 3 vals, 8 refs: deltas}. */
function readWay(way: Wire, block: Block, sink: OsmSink): void {
  let id = 0
  let keys: number[] = []
  let values: number[] = []
  let refs: number[] = []
  eachField(way, (field, from) => {
    if (field === 1) id = varint(from)
    else if (field === 2) keys = packed(from, varint)
    else if (field === 3) values = packed(from, varint)
    else if (field === 8) refs = summed(packed(from, zigzag))
    else skip(from)
  })
  sink.way(id, refs, tagsOf(block, keys, values))
}

const MEMBER_TYPES = ['node', 'way', 'relation']

/** Relation {1 id, 2 keys, 3 vals, 8 roles_sid, 9 memids: deltas, 10 types}. */
function readRelation(relation: Wire, block: Block, sink: OsmSink): void {
  let id = 0
  const lists: Record<number, number[]> = {}
  eachField(relation, (field, from) => {
    if (field === 1) id = varint(from)
    else if (field === 9) lists[field] = summed(packed(from, zigzag))
    else if (from.type === 2) lists[field] = packed(from, varint)
    else skip(from)
  })
  const members = (lists[9] ?? []).map((ref, index) => ({
    type: MEMBER_TYPES[lists[10]?.[index] ?? 0] ?? '',
    ref,
    role: block.strings[lists[8]?.[index] ?? 0] ?? '',
  }))
  sink.relation(id, members, tagsOf(block, lists[2] ?? [], lists[3] ?? []))
}

function summed(deltas: number[]): number[] {
  let sum = 0
  return deltas.map((delta) => (sum += delta))
}

function tagsOf(block: Block, keys: number[], values: number[]): Tags {
  const tags = noTags()
  for (const [index, key] of keys.entries()) {
    tags[block.strings[key] ?? ''] = block.strings[values[index] ?? 0] ?? ''
  }
  return tags
}
