// A body as the triangles of its surface, in millimetres, and what can be measured on them.
import type { SizeMm } from '../model/item.ts'

/** Nine numbers a triangle: three corners x, y, z, counter-clockwise as seen from outside. */
export interface Mesh {
  corners: Float32Array
}

export interface Bounds {
  min: SizeMm
  max: SizeMm
}

export function triangleCount({ corners }: Mesh): number {
  return corners.length / 9
}

export function boundsOf({ corners }: Mesh): Bounds {
  const min = { x: Infinity, y: Infinity, z: Infinity }
  const max = { x: -Infinity, y: -Infinity, z: -Infinity }
  for (let at = 0; at < corners.length; at += 3) {
    const [x, y, z] = [corners[at] ?? 0, corners[at + 1] ?? 0, corners[at + 2] ?? 0]
    if (x < min.x) min.x = x
    if (y < min.y) min.y = y
    if (z < min.z) min.z = z
    if (x > max.x) max.x = x
    if (y > max.y) max.y = y
    if (z > max.z) max.z = z
  }
  return { min, max }
}

export function sizeOf(mesh: Mesh): SizeMm {
  const { min, max } = boundsOf(mesh)
  return { x: max.x - min.x, y: max.y - min.y, z: max.z - min.z }
}

/** Negative when the surface is turned inside out. Only of a closed surface is it a volume. */
export function signedVolumeMm3(mesh: Mesh): number {
  const { corners } = mesh
  // Measured from a corner of its own, so that a body far from the origin loses no digits.
  const [ox, oy, oz] = [corners[0] ?? 0, corners[1] ?? 0, corners[2] ?? 0]
  let sixfold = 0
  for (let at = 0; at < corners.length; at += 9) {
    const [ax, ay, az] = [corner(at) - ox, corner(at + 1) - oy, corner(at + 2) - oz]
    const [bx, by, bz] = [corner(at + 3) - ox, corner(at + 4) - oy, corner(at + 5) - oz]
    const [cx, cy, cz] = [corner(at + 6) - ox, corner(at + 7) - oy, corner(at + 8) - oz]
    sixfold += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
  }
  return sixfold / 6

  function corner(index: number): number {
    return corners[index] ?? 0
  }
}

/** Turns the surface inside out: a mirrored body becomes an ordinary one. */
export function flipped({ corners }: Mesh): Mesh {
  const turned = corners.slice()
  for (let at = 0; at < corners.length; at += 9) {
    turned.set(corners.subarray(at + 3, at + 6), at + 6)
    turned.set(corners.subarray(at + 6, at + 9), at + 3)
  }
  return { corners: turned }
}

/** Of the solid body; a print with infill weighs less. */
export function solidGrams(volumeMm3: number, gramsPerCubicCm: number): number {
  return (volumeMm3 / 1000) * gramsPerCubicCm
}
