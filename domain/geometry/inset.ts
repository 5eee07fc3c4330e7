// Moves contours into the material: where the nozzle goes so that the outer edge of its line is the
// part's surface.
import { areaMm2, type Contour } from './layers.ts'

/** What is too thin for the distance vanishes: a whole contour, or the finger of one. */
export function insetContours(contours: readonly Contour[], distanceMm: number): Contour[] {
  return contours.flatMap((contour) => {
    const inset = shrunk(sidesOf(contour, distanceMm))
    if (!inset) return []
    const before = areaMm2(contour)
    const after = areaMm2(inset)
    const isInside = before > 0 ? after > 0 && after < before : after < 0
    return isInside ? [inset] : []
  })
}

/** A side of the contour, already moved: its line, and how long it was. */
interface Side {
  x: number
  y: number
  dx: number
  dy: number
  lengthMm: number
}

/**
 * A corner into the material that is sharper than this is cut off square; its point would reach
 * far.
 */
const sharpCosine = -0.3

function sidesOf(contour: Contour, distanceMm: number): Side[] {
  const sides: Side[] = []
  const count = contour.length / 2
  for (let index = 0; index < count; index++) {
    const side = sideAt(contour, index, distanceMm)
    const before = sideAt(contour, (index + count - 1) % count, distanceMm)
    const turnsRight = before.dx * side.dy - before.dy * side.dx < 0
    const isSharp = before.dx * side.dx + before.dy * side.dy < sharpCosine
    if (turnsRight && isSharp) sides.push(bevel(contour, index, before, side, distanceMm))
    sides.push(side)
  }
  return sides
}

function sideAt(contour: Contour, index: number, distanceMm: number): Side {
  const at = index * 2
  const next = (at + 2) % contour.length
  const [x, y] = [contour[at] ?? 0, contour[at + 1] ?? 0]
  const [toX, toY] = [(contour[next] ?? 0) - x, (contour[next + 1] ?? 0) - y]
  const lengthMm = Math.hypot(toX, toY)
  const [dx, dy] = [toX / lengthMm, toY / lengthMm]
  return { x: x - dy * distanceMm, y: y + dx * distanceMm, dx, dy, lengthMm }
}

function bevel(contour: Contour, index: number, a: Side, b: Side, distanceMm: number): Side {
  // Across the bisector. Where the sides turn right back there is no sum: then straight on, turned
  // to the right.
  const length = Math.hypot(a.dx + b.dx, a.dy + b.dy)
  const [dx, dy] = length < 1e-6 ? [a.dy, -a.dx] : [(a.dx + b.dx) / length, (a.dy + b.dy) / length]
  const [x, y] = [contour[index * 2] ?? 0, contour[index * 2 + 1] ?? 0]
  return { x: x - dy * distanceMm, y: y + dx * distanceMm, dx, dy, lengthMm: 0 }
}

/**
 * Sides that would run backwards are no longer there: they are left out, the most backward of
 * neighbours first.
 */
function shrunk(given: readonly Side[]): Contour | null {
  let sides = given
  while (sides.length >= 3) {
    const corners = sides.map((side, index) => meet(side, around(sides, index + 1)))
    const lengths = sides.map((side, index) => {
      const [from, to] = [around(corners, index - 1), corners[index]]
      return from && to ? (to.x - from.x) * side.dx + (to.y - from.y) * side.dy : null
    })
    const gone = new Set<number>()
    for (const [index, corner] of corners.entries()) {
      if (corner) continue
      // Two sides that face each other with nothing between them: the shorter one goes.
      const next = (index + 1) % sides.length
      gone.add(around(sides, index).lengthMm <= around(sides, next).lengthMm ? index : next)
    }
    for (const [index, length] of lengths.entries()) {
      if (length === null || length > 1e-9) continue
      const isLeast = [index - 1, index + 1].every((near) => (around(lengths, near) ?? 0) >= length)
      if (isLeast) gone.add(index)
    }
    if (gone.size === 0) {
      return Float64Array.from(corners.flatMap((corner) => (corner ? [corner.x, corner.y] : [])))
    }
    sides = sides.filter((_, index) => !gone.has(index))
  }
  return null
}

/** Where two sides cross; null where they run against each other. */
function meet(a: Side, b: Side): { x: number; y: number } | null {
  const cross = a.dx * b.dy - a.dy * b.dx
  if (Math.abs(cross) < 1e-9) return a.dx * b.dx + a.dy * b.dy > 0 ? { x: b.x, y: b.y } : null
  const along = ((b.x - a.x) * b.dy - (b.y - a.y) * b.dx) / cross
  return { x: a.x + a.dx * along, y: a.y + a.dy * along }
}

function around<T>(ring: readonly T[], index: number): T {
  const found = ring[(index + ring.length) % ring.length]
  if (found === undefined) throw new RangeError(`inset: ring of ${ring.length} has no ${index}`)
  return found
}
