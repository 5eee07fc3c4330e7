// Makes a body larger or smaller, and puts it where the machine makes it.
import type { SizeMm } from '../model/item.ts'
import { boundsOf, type Mesh } from './mesh.ts'

export function scaled({ corners }: Mesh, factor: number): Mesh {
  return { corners: corners.map((value) => value * factor) }
}

/** In the middle of the plate, standing on it. */
export function placedOnPlate(mesh: Mesh, volumeMm: SizeMm): Mesh {
  const { min, max } = boundsOf(mesh)
  const shift = [volumeMm.x / 2 - (min.x + max.x) / 2, volumeMm.y / 2 - (min.y + max.y) / 2, -min.z]
  return { corners: mesh.corners.map((value, at) => value + (shift[at % 3] ?? 0)) }
}

/** A quarter turn about the upright axis, for a part that fits only the other way round. */
export function turnedByQuarter({ corners }: Mesh): Mesh {
  const turned = corners.slice()
  for (let at = 0; at < corners.length; at += 3) {
    turned[at] = -(corners[at + 1] ?? 0)
    turned[at + 1] = corners[at] ?? 0
  }
  return { corners: turned }
}
