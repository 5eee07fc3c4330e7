// The models of the demo catalogue, made from rings of points: every one is a closed body.
import { flipped, signedVolumeMm3, type Mesh } from './mesh.ts'

type Point = readonly [x: number, y: number, z: number]
type Ring = readonly Point[]

/** A hub with a bore for the spindle and a cross to grip, 60 x 60 x 34 mm. */
export function faucetHandle(): Mesh {
  return ringBody(
    [
      circle(12, 4),
      circle(0, 4),
      circle(0, 13),
      circle(16, 11),
      polarRing(22, crossRadius),
      polarRing(34, crossRadius),
    ],
    'capped',
  )
}

/** A tray that a phone snaps into, 76 x 152 x 10 mm, with walls of 2 mm. */
export function phoneCover(): Mesh {
  return ringBody(
    [coverRing(0, 0), coverRing(10, 0), coverRing(10, 2), coverRing(1.6, 2)],
    'capped',
  )
}

/** A hook for a wall: a bar, lying flat, that bends by half a circle; 12 mm high. */
export function hook(): Mesh {
  const bend = Array.from({ length: 25 }, (_, step) => {
    const angle = Math.PI + (Math.PI * step) / 24
    return { x: 20 + 20 * Math.cos(angle), y: 20 * Math.sin(angle), along: angle + Math.PI / 2 }
  })
  const way = [{ x: 0, y: 60, along: -Math.PI / 2 }, ...bend, { x: 40, y: 14, along: Math.PI / 2 }]
  const rings = way.map(({ x, y, along }): Ring => {
    const [sideX, sideY] = [-Math.sin(along) * 4, Math.cos(along) * 4]
    return [
      [x + sideX, y + sideY, 0],
      [x - sideX, y - sideY, 0],
      [x - sideX, y - sideY, 12],
      [x + sideX, y + sideY, 12],
    ]
  })
  return ringBody(rings, 'capped')
}

/** A disc with a hub and a bore, into which teeth are cut: 50 mm across, 10 mm high at the hub. */
export function gearBlank(): Mesh {
  return ringBody(
    [circle(0, 4), circle(0, 25), circle(6, 25), circle(6, 10), circle(10, 10), circle(10, 4)],
    'round',
  )
}

/** A box, for tests and test prints. */
export function box(x: number, y: number, z: number): Mesh {
  const rectangle = (height: number): Ring => [
    [0, 0, height],
    [x, 0, height],
    [x, y, height],
    [0, y, height],
  ]
  return ringBody([rectangle(0), rectangle(z)], 'capped')
}

export const demoShapes = { faucetHandle, phoneCover, hook, gearBlank } as const

/**
 * Joins each ring to the next. `capped` closes the first and the last with a fan around their
 * middle, which they must
 * be able to see whole; `round` joins the last to the first, which leaves a hole through the body.
 */
function ringBody(rings: readonly Ring[], ends: 'capped' | 'round'): Mesh {
  const values: number[] = []
  const add = (...points: Point[]) => values.push(...points.flat())
  const joins = ends === 'round' ? rings.length : rings.length - 1
  for (let index = 0; index < joins; index++) {
    const [lower, upper] = [rings[index] ?? [], rings[(index + 1) % rings.length] ?? []]
    for (const [at, a] of lower.entries()) {
      const next = (at + 1) % lower.length
      const [b, c, d] = [lower[next], upper[next], upper[at]]
      if (b && c && d) {
        add(a, b, c)
        add(a, c, d)
      }
    }
  }
  if (ends === 'capped') {
    for (const [first, last] of sidesOf(rings.at(-1))) add(first, last, middleOf(rings.at(-1)))
    for (const [first, last] of sidesOf(rings[0])) add(last, first, middleOf(rings[0]))
  }
  const mesh = { corners: Float32Array.from(values) }
  return signedVolumeMm3(mesh) < 0 ? flipped(mesh) : mesh
}

const steps = 96
const circle = (z: number, radius: number) => polarRing(z, () => radius)
const coverRing = (z: number, wall: number) =>
  roundedRing(z, 76 - 2 * wall, 152 - 2 * wall, 10 - wall)

/** Four rounded arms that reach 30 mm out of a hub of 15 mm. */
function crossRadius(angle: number): number {
  const toArm = Math.abs(((angle / (Math.PI / 2)) % 1) - 0.5) * 2
  return 15 + 15 * Math.sqrt(Math.max(0, (toArm - 0.62) / 0.38))
}

function polarRing(z: number, radiusAt: (angle: number) => number): Ring {
  return Array.from({ length: steps }, (_, step): Point => {
    const angle = (2 * Math.PI * step) / steps
    const radius = radiusAt(angle)
    return [radius * Math.cos(angle), radius * Math.sin(angle), z]
  })
}

function roundedRing(z: number, width: number, length: number, corner: number): Ring {
  return Array.from({ length: 36 }, (_, step): Point => {
    const quarter = Math.floor(step / 9)
    const angle = (Math.PI / 2) * (quarter + (step % 9) / 8)
    const [right, far] = [quarter === 0 || quarter === 3 ? 1 : -1, quarter < 2 ? 1 : -1]
    return [
      right * (width / 2 - corner) + corner * Math.cos(angle),
      far * (length / 2 - corner) + corner * Math.sin(angle),
      z,
    ]
  })
}

function sidesOf(ring: Ring = []): [Point, Point][] {
  return ring.map((point, at) => [point, ring[(at + 1) % ring.length] ?? point])
}

function middleOf(ring: Ring = []): Point {
  const sum = (axis: 0 | 1 | 2) => ring.reduce((total, point) => total + point[axis], 0)
  return [sum(0) / ring.length, sum(1) / ring.length, sum(2) / ring.length]
}
