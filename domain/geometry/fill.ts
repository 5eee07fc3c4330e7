// Fills the inside of a layer's contours with parallel lines.
import type { Contour } from './layers.ts'

export interface Line {
  fromX: number
  fromY: number
  toX: number
  toY: number
}

/** Parallel lines inside the contours, along x or along y; every second line runs back. */
export function infillLines(
  contours: readonly Contour[],
  spacingMm: number,
  along: 'x' | 'y',
): Line[] {
  const across = along === 'x' ? 1 : 0
  let [low, high] = [Infinity, -Infinity]
  for (const contour of contours) {
    for (let at = across; at < contour.length; at += 2) {
      low = Math.min(low, contour[at] ?? 0)
      high = Math.max(high, contour[at] ?? 0)
    }
  }
  const lines: Line[] = []
  // Lines lie on one grid for all layers, so that they stand on each other.
  for (let row = Math.ceil(low / spacingMm); row * spacingMm < high; row++) {
    const level = row * spacingMm
    const cuts = cutsAt(contours, level, across).toSorted((a, b) => a - b)
    const pairs = cuts.flatMap((from, index) => {
      const to = cuts[index + 1]
      return index % 2 === 0 && to !== undefined && to - from > 1e-3 ? [[from, to] as const] : []
    })
    const there = row % 2 === 0
    for (const [from, to] of there ? pairs : pairs.toReversed()) {
      const [start, end] = there ? [from, to] : [to, from]
      lines.push(
        along === 'x'
          ? { fromX: start, fromY: level, toX: end, toY: level }
          : { fromX: level, fromY: start, toX: level, toY: end },
      )
    }
  }
  return lines
}

/**
 * Where the line at `level` goes in and out; a point on the line counts as above, so the number is
 * always even.
 */
function cutsAt(contours: readonly Contour[], level: number, across: 0 | 1): number[] {
  const cuts: number[] = []
  for (const contour of contours) {
    for (let at = 0; at < contour.length; at += 2) {
      const next = (at + 2) % contour.length
      const [a, b] = [contour[at + across] ?? 0, contour[next + across] ?? 0]
      if (a >= level === b >= level) continue
      const [from, to] = [contour[at + 1 - across] ?? 0, contour[next + 1 - across] ?? 0]
      cuts.push(from + ((level - a) / (b - a)) * (to - from))
    }
  }
  return cuts
}
