// Cuts a closed mesh into layers: at each height the closed contours, with the material always on
// their left.
import { boundsOf, triangleCount, type Mesh } from './mesh.ts'
import { edgeKey, weld } from './weld.ts'

/**
 * Points x, y one after the other; the last joins the first. Outer contours run counter-clockwise,
 * holes clockwise.
 */
export type Contour = Float64Array

export interface Layer {
  /** The top of the layer, where the nozzle is. */
  topMm: number
  contours: Contour[]
}

/** Each layer is cut through its middle. The mesh must be closed (check.ts) and stand at z = 0. */
export function layersOf(mesh: Mesh, layerMm: number): Layer[] {
  const heightMm = boundsOf(mesh).max.z
  // A hundredth of a layer more or less is rounding, not a layer.
  const count = Math.max(1, Math.ceil(heightMm / layerMm - 0.01))
  const middleOf = (layer: number) => Math.min((layer + 0.5) * layerMm, heightMm * (1 - 1e-6))
  const cut = trianglesByLayer(mesh, count, layerMm, middleOf)
  const { points, pointCount } = weld(mesh)
  return Array.from({ length: count }, (_, layer) => ({
    topMm: (layer + 1) * layerMm,
    contours: contoursAt(mesh, points, pointCount, cut[layer] ?? [], middleOf(layer)),
  }))
}

/** Positive counter-clockwise. */
export function areaMm2(contour: Contour): number {
  let twice = 0
  for (let at = 0; at < contour.length; at += 2) {
    const next = (at + 2) % contour.length
    twice +=
      (contour[at] ?? 0) * (contour[next + 1] ?? 0) - (contour[next] ?? 0) * (contour[at + 1] ?? 0)
  }
  return twice / 2
}

function trianglesByLayer(
  mesh: Mesh,
  count: number,
  layerMm: number,
  middleOf: (layer: number) => number,
): number[][] {
  const layers: number[][] = Array.from({ length: count }, () => [])
  for (let triangle = 0; triangle < triangleCount(mesh); triangle++) {
    const at = triangle * 9
    const heights = [mesh.corners[at + 2], mesh.corners[at + 5], mesh.corners[at + 8]]
    const [a = 0, b = 0, c = 0] = heights
    const low = Math.min(a, b, c)
    const high = Math.max(a, b, c)
    const first = Math.max(0, Math.floor(low / layerMm - 1))
    for (let layer = first; layer < count; layer++) {
      const z = middleOf(layer)
      if (z > high) break
      if (low < z) layers[layer]?.push(triangle)
    }
  }
  return layers
}

interface Segment {
  x: number
  y: number
  toEdge: number
}

/**
 * A triangle that crosses the plane gives one segment, from the edge on which its boundary goes
 * down to the one on
 * which it goes up. Segments join where triangles share an edge, by the edge's number and not by
 * distance: a closed
 * mesh gives closed contours, always. A point on the plane counts as above it.
 */
function contoursAt(
  mesh: Mesh,
  points: Uint32Array,
  pointCount: number,
  triangles: readonly number[],
  z: number,
): Contour[] {
  const segments = new Map<number, Segment>()
  const isAbove = (corner: number) => (mesh.corners[corner * 3 + 2] ?? 0) >= z
  for (const triangle of triangles) {
    let from: { edge: number; x: number; y: number } | null = null
    let toEdge = -1
    for (let side = 0; side < 3; side++) {
      const a = triangle * 3 + side
      const b = triangle * 3 + ((side + 1) % 3)
      if (isAbove(a) === isAbove(b)) continue
      const edge = edgeKey(points[a] ?? 0, points[b] ?? 0, pointCount)
      if (isAbove(a)) from = { edge, ...crossing(mesh, a, b, z) }
      else toEdge = edge
    }
    if (from && toEdge >= 0) segments.set(from.edge, { x: from.x, y: from.y, toEdge })
  }
  return joined(segments)
}

/** Always reckoned from the lower end, so that both triangles of an edge get the same point. */
function crossing(mesh: Mesh, above: number, below: number, z: number): { x: number; y: number } {
  const at = (corner: number, axis: number) => mesh.corners[corner * 3 + axis] ?? 0
  const share = (z - at(below, 2)) / (at(above, 2) - at(below, 2))
  return {
    x: at(below, 0) + share * (at(above, 0) - at(below, 0)),
    y: at(below, 1) + share * (at(above, 1) - at(below, 1)),
  }
}

function joined(segments: Map<number, Segment>): Contour[] {
  const contours: Contour[] = []
  for (const [start, first] of segments) {
    const line: number[] = []
    let edge = start
    for (let segment: Segment | undefined = first; segment; segment = segments.get(edge)) {
      segments.delete(edge)
      line.push(segment.x, segment.y)
      edge = segment.toEdge
    }
    const contour = withoutStraightPoints(line)
    if (contour.length >= 6) contours.push(contour)
  }
  return contours
}

/** Leaves out points that lie within a micron of the line between their neighbours. */
function withoutStraightPoints(line: readonly number[]): Contour {
  const kept: number[] = []
  const count = line.length / 2
  const x = (index: number) => line[((index + count) % count) * 2] ?? 0
  const y = (index: number) => line[((index + count) % count) * 2 + 1] ?? 0
  for (let index = 0; index < count; index++) {
    const [px, py] = kept.length > 0 ? kept.slice(-2) : [x(-1), y(-1)]
    const [dx, dy] = [x(index + 1) - (px ?? 0), y(index + 1) - (py ?? 0)]
    const length = Math.hypot(dx, dy)
    const offMm =
      length === 0
        ? 0
        : Math.abs(dx * (y(index) - (py ?? 0)) - dy * (x(index) - (px ?? 0))) / length
    if (offMm > 1e-3) kept.push(x(index), y(index))
  }
  return Float64Array.from(kept)
}
