// Finds which corners of a mesh are the same point, so that its edges and neighbours are known.
import type { Mesh } from './mesh.ts'

export interface Welded {
  /** Three points a triangle, by number. */
  points: Uint32Array
  pointCount: number
}

/**
 * The same point is the same bits: slicers and designers write one corner in one way, and a gap is
 * a gap.
 */
export function weld({ corners }: Mesh): Welded {
  const count = corners.length / 3
  const values = corners.slice()
  // Minus zero is zero.
  for (let at = 0; at < values.length; at++) if (values[at] === 0) values[at] = 0
  const bits = new Uint32Array(values.buffer)
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, count * 2)))).fill(-1)
  const mask = slots.length - 1
  const firstCorner = new Uint32Array(count)
  const points = new Uint32Array(count)
  let pointCount = 0

  for (let index = 0; index < count; index++) {
    const at = index * 3
    let slot = hash(bits[at] ?? 0, bits[at + 1] ?? 0, bits[at + 2] ?? 0) & mask
    for (;;) {
      const point = slots[slot] ?? -1
      if (point === -1) {
        slots[slot] = pointCount
        firstCorner[pointCount] = at
        points[index] = pointCount
        pointCount += 1
        break
      }
      const other = firstCorner[point] ?? 0
      if (isSame(other, at)) {
        points[index] = point
        break
      }
      slot = (slot + 1) & mask
    }
  }
  return { points, pointCount }

  function isSame(a: number, b: number): boolean {
    return bits[a] === bits[b] && bits[a + 1] === bits[b + 1] && bits[a + 2] === bits[b + 2]
  }
}

/** One number for an edge whichever way it is walked; exact up to 2^26 points. */
export function edgeKey(a: number, b: number, pointCount: number): number {
  return a < b ? a * pointCount + b : b * pointCount + a
}

function hash(x: number, y: number, z: number): number {
  let mixed = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(z, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
