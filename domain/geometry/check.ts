// Decides whether a mesh is a body that can be made: closed, one-sided, with a volume; mends what
// has one right answer.
import { reason, type Reason } from '../decision.ts'
import type { SizeMm } from '../model/item.ts'
import { flipped, signedVolumeMm3, sizeOf, triangleCount, type Mesh } from './mesh.ts'
import { parseStl } from './stl.ts'
import { edgeKey, weld, type Welded } from './weld.ts'

export type Repair = 'turned_outside_out' | 'dropped_degenerate_triangles'

export interface Body {
  mesh: Mesh
  triangles: number
  sizeMm: SizeMm
  volumeMm3: number
  repairs: Repair[]
}

export type CheckedMesh = { ok: true; body: Body } | { ok: false; why: Reason }

/** Below a cubic hundredth of a millimetre there is nothing to make. */
const leastVolumeMm3 = 0.01

export function checkMesh(given: Mesh): CheckedMesh {
  const bad = given.corners.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) return refused(reason('not_finite', { triangle: Math.floor(bad / 9) }))
  const repairs: Repair[] = []
  let mesh = withoutPoints(given)
  if (mesh !== given) repairs.push('dropped_degenerate_triangles')
  if (mesh.corners.length === 0) return refused(reason('no_triangles'))

  const why = reasonAgainstEdges(mesh, weld(mesh))
  if (why) return refused(why)
  const volumeMm3 = signedVolumeMm3(mesh)
  if (Math.abs(volumeMm3) < leastVolumeMm3) return refused(reason('no_volume', { volumeMm3 }))
  if (volumeMm3 < 0) {
    mesh = flipped(mesh)
    repairs.push('turned_outside_out')
  }
  const body = {
    mesh,
    triangles: triangleCount(mesh),
    sizeMm: sizeOf(mesh),
    volumeMm3: Math.abs(volumeMm3),
    repairs,
  }
  return { ok: true, body }
}

/** From a file to a body, or the first thing that is wrong with it. */
export function readBody(stl: Uint8Array): CheckedMesh {
  const read = parseStl(stl)
  return read.ok ? checkMesh(read.mesh) : read
}

/**
 * A triangle two corners of which are one point has no area and no neighbours: leaving it out opens
 * nothing.
 */
function withoutPoints(mesh: Mesh): Mesh {
  const { points } = weld(mesh)
  const kept: number[] = []
  for (let triangle = 0; triangle < points.length / 3; triangle++) {
    const [a, b, c] = points.subarray(triangle * 3, triangle * 3 + 3)
    if (a !== b && b !== c && c !== a) kept.push(triangle)
  }
  if (kept.length * 3 === points.length) return mesh
  const corners = new Float32Array(kept.length * 9)
  for (const [index, triangle] of kept.entries()) {
    corners.set(mesh.corners.subarray(triangle * 9, triangle * 9 + 9), index * 9)
  }
  return { corners }
}

/** On a closed surface each edge is walked twice, once each way. */
function reasonAgainstEdges(mesh: Mesh, { points, pointCount }: Welded): Reason | null {
  const walks = new Float64Array(points.length)
  for (let at = 0; at < points.length; at++) {
    const from = points[at] ?? 0
    const to = points[at % 3 === 2 ? at - 2 : at + 1] ?? 0
    walks[at] = edgeKey(from, to, pointCount) * 2 + (from < to ? 0 : 1)
  }
  walks.sort()
  let [open, crowded, oneWay] = [0, 0, 0]
  for (let at = 0; at < walks.length;) {
    const edge = Math.floor((walks[at] ?? 0) / 2)
    let end = at
    while (end < walks.length && Math.floor((walks[end] ?? 0) / 2) === edge) end += 1
    if (end - at === 1) open += 1
    else if (end - at > 2) crowded += 1
    else if (walks[at] === walks[at + 1]) oneWay += 1
    at = end
  }
  const triangles = triangleCount(mesh)
  if (open > 0) return reason('not_closed', { openEdges: open, triangles })
  if (crowded > 0) return reason('edges_shared_by_more_than_two', { edges: crowded, triangles })
  if (oneWay > 0) return reason('triangles_face_both_ways', { edges: oneWay, triangles })
  return null
}

function refused(why: Reason): CheckedMesh {
  return { ok: false, why }
}
