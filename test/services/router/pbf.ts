// Writes small PBF maps for tests: the reader's counterpart, from the format's description.
import { deflateSync } from 'node:zlib'
import type { DrawnWay } from './maps.ts'

interface Located {
  lon: number
  lat: number
  tags?: Record<string, string> | undefined
}

export function asPbf(
  nodes: readonly Located[],
  ways: readonly DrawnWay[],
  packing: 'raw' | 'zlib',
): Uint8Array {
  const strings = ['']
  const index = (text: string) => {
    if (!strings.includes(text)) strings.push(text)
    return strings.indexOf(text)
  }
  const pairs = nodes.flatMap(({ tags = {} }) => [
    ...Object.entries(tags).flatMap(([key, value]) => [index(key), index(value)]),
    0,
  ])
  const dense = [
    bytes(1, deltas(nodes.map((_, at) => at + 1))),
    bytes(8, deltas(nodes.map(({ lat }) => units(lat)))),
    bytes(9, deltas(nodes.map(({ lon }) => units(lon)))),
    bytes(10, pairs.flatMap(varint)),
  ].flat()
  const wayBytes = ways.flatMap(({ refs, tags }, at) =>
    bytes(3, [
      8,
      ...varint(at + 1),
      ...bytes(
        2,
        Object.keys(tags).flatMap((key) => varint(index(key))),
      ),
      ...bytes(
        3,
        Object.values(tags).flatMap((value) => varint(index(value))),
      ),
      ...bytes(8, deltas(refs)),
    ]),
  )
  const table = strings.flatMap((text) => bytes(1, [...new TextEncoder().encode(text)]))
  const block = [...bytes(1, table), ...bytes(2, bytes(2, dense)), ...bytes(2, wayBytes)]
  return Uint8Array.from([...blob('OSMHeader', [], packing), ...blob('OSMData', block, packing)])
}

function blob(type: string, block: number[], packing: 'raw' | 'zlib'): number[] {
  const packed =
    packing === 'raw'
      ? bytes(1, block)
      : [16, ...varint(block.length), ...bytes(3, [...deflateSync(Uint8Array.from(block))])]
  const header = [...bytes(1, [...new TextEncoder().encode(type)]), 24, ...varint(packed.length)]
  return [0, 0, header.length >> 8, header.length & 255, ...header, ...packed]
}

function bytes(field: number, content: number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(content.length), ...content]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function deltas(values: readonly number[]): number[] {
  return values.flatMap((value, at) => {
    const delta = value - (values[at - 1] ?? 0)
    return varint(delta < 0 ? -2 * delta - 1 : 2 * delta)
  })
}

const units = (degrees: number) => Math.round(degrees * 1e7)
