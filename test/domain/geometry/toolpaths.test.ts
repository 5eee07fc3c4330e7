// Slices are closed and hold the body's volume; a toolpath is the same every time and passes the
// check before machines.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { checkMesh } from '../../../domain/geometry/check.ts'
import { infillLines } from '../../../domain/geometry/fill.ts'
import { insetContours } from '../../../domain/geometry/inset.ts'
import { areaMm2, layersOf } from '../../../domain/geometry/layers.ts'
import { lintToolpath, ordinaryLimits } from '../../../domain/geometry/lintToolpath.ts'
import { signedVolumeMm3, type Mesh } from '../../../domain/geometry/mesh.ts'
import { placedOnPlate } from '../../../domain/geometry/scale.ts'
import { box, demoShapes, gearBlank } from '../../../domain/geometry/shapes.ts'
import { sliceBody, type SliceProfile } from '../../../domain/geometry/slice.ts'

const volumeMm = { x: 200, y: 180, z: 150 }
const profile: SliceProfile = {
  volumeMm,
  material: 'PLA',
  layerMm: 0.2,
  nozzleMm: 0.4,
  infillShare: 0.2,
  printMmPerSecond: 60,
  gramsPerCubicCm: 1.24,
}
const envelope = { volumeMm, ...ordinaryLimits }
const onPlate = (mesh: Mesh) => placedOnPlate(mesh, volumeMm)

function bodyOf(mesh: Mesh) {
  const checked = checkMesh(mesh)
  if (!checked.ok) throw new Error(checked.why.code)
  return checked.body
}
function toolpathOf(mesh: Mesh, changes: Partial<SliceProfile> = {}) {
  const sliced = sliceBody(bodyOf(mesh), { ...profile, ...changes })
  if (!sliced.ok) throw new Error(sliced.why.code)
  return sliced.toolpath
}
const layeredVolume = (mesh: Mesh, layerMm: number) =>
  layersOf(onPlate(mesh), layerMm)
    .flatMap(({ contours }) => contours.map(areaMm2))
    .reduce((sum, area) => sum + area * layerMm, 0)

test('a cube of 20 mm has 100 layers of 0.2 mm, each one square', () => {
  const layers = layersOf(onPlate(box(20, 20, 20)), 0.2)
  expect(layers).toHaveLength(100)
  expect(layers.at(-1)?.topMm).toBeCloseTo(20)
  for (const { contours } of layers) {
    expect(contours).toHaveLength(1)
    expect(contours.map((contour) => contour.length)).toEqual([8])
    expect(contours.map(areaMm2)[0]).toBeCloseTo(400, 2)
  }
})

test.each(Object.entries(demoShapes))(
  'the layers of %s hold its volume within a hundredth',
  (_name, shape) => {
    const volume = signedVolumeMm3(shape())
    expect(Math.abs(layeredVolume(shape(), 0.1) / volume - 1)).toBeLessThan(0.01)
  },
)

test('a hole is a contour that runs the other way', () => {
  const [layer] = layersOf(onPlate(gearBlank()), 0.2)
  const areas = layer?.contours.map(areaMm2).toSorted((a, b) => a - b) ?? []
  expect(areas).toHaveLength(2)
  expect(areas[0]).toBeCloseTo(-Math.PI * 16, 0)
  expect(areas[1]).toBeCloseTo(Math.PI * 625, -1)
})

test('points that lie exactly on a cut break no contour', () => {
  // The corners of the pyramid's waist lie at 5.1 mm, where the layer of 0.2 mm is cut.
  const rhomb = bodyOf(doublePyramid(5.1)).mesh
  for (const { contours } of layersOf(rhomb, 0.2)) {
    expect(contours).toHaveLength(1)
    expect(contours.map(areaMm2)[0]).toBeGreaterThan(0)
  }
})

const square = (side: number) => Float64Array.from([0, 0, side, 0, side, side, 0, side])

test('a layer is cut through its middle', () => {
  // Half of the pyramid is 5 mm high and 200 mm² wide: at 0.1 mm it is a fiftieth of that across.
  const [first] = layersOf(bodyOf(doublePyramid(5)).mesh, 0.2)
  expect(first?.contours.map(areaMm2)[0]).toBeCloseTo(200 / 50 ** 2, 3)
})

test('an inset makes squares smaller and holes larger, and thin walls vanish', () => {
  const hole = Float64Array.from([0, 0, 0, 10, 10, 10, 10, 0])
  expect(insetContours([square(10)], 1).map(areaMm2)).toEqual([64])
  expect(insetContours([hole], 1).map(areaMm2)).toEqual([-144])
  expect(insetContours([square(1.9)], 1)).toEqual([])
})

test('a finger that is too thin vanishes and the hand stays', () => {
  const hand = Float64Array.from([0, 0, 10, 0, 10, 10, 6, 10, 6, 15, 4.5, 15, 4.5, 10, 0, 10])
  expect(insetContours([hand], 1).map(areaMm2)).toEqual([64])
})

test('a notch that points into the material is gone round at the distance', () => {
  const notched = Float64Array.from([0, 0, 20, 0, 20, 20, 10.5, 20, 10, 10, 9.5, 20, 0, 20])
  const [inset = []] = insetContours([notched], 1)
  const points = Array.from({ length: inset.length / 2 }, (_, at) => [
    inset[at * 2],
    inset[at * 2 + 1],
  ])
  const lowest = Math.min(...points.filter(([x = 0]) => x > 5 && x < 15).map(([, y = 0]) => y))
  expect(lowest).toBeCloseTo(9)
})

test('the inset of any star is a smaller shape inside it', () => {
  const radii = fc.array(fc.integer({ min: 100, max: 200 }), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(radii, fc.integer({ min: 2, max: 20 }), (tenths, distance) => {
      const star = Float64Array.from(
        tenths.flatMap((radius, step) => {
          const angle = (2 * Math.PI * step) / tenths.length
          return [(radius / 10) * Math.cos(angle), (radius / 10) * Math.sin(angle)]
        }),
      )
      const before = areaMm2(star)
      for (const inset of insetContours([star], distance / 10)) {
        expect(areaMm2(inset)).toBeGreaterThan(0)
        expect(areaMm2(inset)).toBeLessThan(before)
        for (let at = 0; at < inset.length; at += 2) {
          expect(Math.hypot(inset[at] ?? 0, inset[at + 1] ?? 0)).toBeLessThan(20)
        }
      }
    }),
  )
})

test('infill lies inside the contours and outside the holes', () => {
  const outer = Float64Array.from([0, 0, 10, 0, 10, 10, 0, 10])
  const hole = Float64Array.from([4, 4, 4, 6, 6, 6, 6, 4])
  const lines = infillLines([outer, hole], 1, 'x')
  const total = lines.reduce((sum, line) => sum + Math.abs(line.toX - line.fromX), 0)
  // Nine rows of 10 mm, of which two go round the hole of 2 mm.
  expect(lines).toHaveLength(11)
  expect(total).toBeCloseTo(86)
})

test('the same body and profile give the same toolpath to the byte', () => {
  expect(toolpathOf(gearBlank())).toEqual(toolpathOf(gearBlank()))
  expect(toolpathOf(gearBlank(), { layerMm: 0.3 }).gcode).not.toBe(toolpathOf(gearBlank()).gcode)
})

test.each(Object.entries(demoShapes))(
  'the toolpath of %s stays inside the machine',
  (_name, shape) => {
    const { gcode, layers, grams, seconds } = toolpathOf(shape())
    expect(lintToolpath(gcode, envelope)).toMatchObject({ ok: true, problems: [], layers })
    const solid = (signedVolumeMm3(shape()) / 1000) * 1.24
    expect(grams).toBeGreaterThan(solid * 0.2)
    expect(grams).toBeLessThan(solid * 1.1)
    expect(seconds).toBeGreaterThan(120)
  },
)

test('a solid cube weighs what its volume weighs', () => {
  const { grams } = toolpathOf(box(20, 20, 20), { infillShare: 1 })
  expect(Math.abs(grams / 9.92 - 1)).toBeLessThan(0.03)
})

test('more infill takes longer and weighs more', () => {
  const [light, heavy] = [0.1, 0.8].map((infillShare) =>
    toolpathOf(box(20, 20, 20), { infillShare }),
  )
  expect(heavy?.grams).toBeGreaterThan((light?.grams ?? 0) * 1.5)
  expect(heavy?.seconds).toBeGreaterThan(light?.seconds ?? 0)
})

function refused(mesh: Mesh, changes: Partial<SliceProfile>) {
  const sliced = sliceBody(bodyOf(mesh), { ...profile, ...changes })
  return sliced.ok ? 'ok' : sliced.why.code
}

test('the first and the last three layers are filled, the others as the profile says', () => {
  const { gcode } = toolpathOf(box(20, 20, 4))
  const linesOf = gcode
    .split(';LAYER:')
    .slice(1)
    .map((layer) => layer.split('\n').length)
  const isFull = linesOf.map((lines) => lines > 80)
  expect(isFull).toEqual(linesOf.map((_, layer) => layer < 3 || layer >= 17))
})

test('a part that fits only the other way round is turned, else it is refused', () => {
  const narrow = { volumeMm: { x: 30, y: 100, z: 50 } }
  const { gcode } = toolpathOf(box(90, 20, 5), narrow)
  expect(lintToolpath(gcode, { ...envelope, ...narrow }).ok).toBe(true)
  expect(refused(box(90, 31, 5), narrow)).toBe('volume')
  expect(refused(box(9, 9, 51), narrow)).toBe('volume')
  expect(refused(box(9, 9, 5), { material: 'resin' })).toBe('material_not_melted')
  expect(refused(box(9, 9, 5), { layerMm: 0.5 })).toBe('profile_impossible')
  expect(refused(box(9, 9, 5), { layerMm: 0 })).toBe('profile_impossible')
})

const start = ['G28', 'M109 S210']
test.each<[string, string[]]>([
  ['unknown_command', [...start, 'M502']],
  ['unknown_command', [...start, 'G91']],
  ['unknown_command', [...start, 'G2 X1 Y1']],
  ['malformed', [...start, '@macro']],
  ['malformed', [...start, 'G1 X1 X2']],
  ['malformed', [...start, 'G1 X']],
  ['malformed', [...start, 'G1 X1e9']],
  ['malformed', [...start, 'M104 P1']],
  ['malformed', [...start, 'g1 x1']],
  ['outside', [...start, 'G1 X200.01 E1']],
  ['outside', [...start, 'G1 Y-0.01 E1']],
  ['outside', [...start, 'G0 Z151']],
  ['too_hot', [...start, 'M104 S301']],
  ['too_hot', [...start, 'M190 S121']],
  ['extrudes_cold', ['G28', 'G1 X1 E1']],
  ['extrudes_cold', [...start, 'M104 S0', 'G1 X1 E1']],
  ['moves_before_homing', ['M109 S210', 'G1 X1 E1']],
  ['makes_nothing', [...start, 'G0 X1']],
])('a toolpath is refused for %s: %j', (code, lines) => {
  const report = lintToolpath(lines.join('\n'), envelope)
  expect(report.ok).toBe(false)
  expect(report.problems[0]).toMatchObject({ code })
})

test('a comment hides nothing, and the first twenty problems are enough', () => {
  const fine = [...start, 'G1 X1 E1 ; M502', '; M502'].join('\r\n')
  expect(lintToolpath(fine, envelope)).toMatchObject({ ok: true })
  const bad = Array.from({ length: 100 }, () => 'M502').join('\n')
  expect(lintToolpath(bad, envelope).problems).toHaveLength(20)
})

test('boxes of any size keep their volume in layers and stay inside the machine', () => {
  const side = fc.integer({ min: 20, max: 400 }).map((tenths) => tenths / 10)
  fc.assert(
    fc.property(side, side, side, (x, y, z) => {
      const layers = Math.ceil(z / 0.2 - 0.01)
      expect(layeredVolume(box(x, y, z), 0.2) / (x * y * layers * 0.2)).toBeCloseTo(1, 3)
      expect(lintToolpath(toolpathOf(box(x, y, z)).gcode, envelope).ok).toBe(true)
    }),
    { numRuns: 20 },
  )
})

/** Two pyramids base to base, standing on a point that is cut off by the plate's first layer. */
function doublePyramid(waistMm: number): Mesh {
  const waist = [
    [10, 0],
    [0, 10],
    [-10, 0],
    [0, -10],
  ]
  const triangles = waist.flatMap(([x = 0, y = 0], index) => {
    const [nx = 0, ny = 0] = waist[(index + 1) % 4] ?? []
    return [
      [x, y, waistMm, nx, ny, waistMm, 0, 0, waistMm * 2],
      [nx, ny, waistMm, x, y, waistMm, 0, 0, 0],
    ]
  })
  return { corners: Float32Array.from(triangles.flat()) }
}
