// A mesh is accepted when it is one closed body, mended when there is one right answer, and
// otherwise refused by name.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { checkMesh, readBody } from '../../../domain/geometry/check.ts'
import {
  boundsOf,
  signedVolumeMm3,
  sizeOf,
  solidGrams,
  type Mesh,
} from '../../../domain/geometry/mesh.ts'
import { placedOnPlate, scaled, turnedByQuarter } from '../../../domain/geometry/scale.ts'
import { box, demoShapes } from '../../../domain/geometry/shapes.ts'
import { parseStl, stlLimits, writeStl } from '../../../domain/geometry/stl.ts'

const tetrahedron = meshOf([
  [0, 0, 0, 0, 10, 0, 10, 0, 0],
  [0, 0, 0, 10, 0, 0, 0, 0, 10],
  [0, 0, 0, 0, 0, 10, 0, 10, 0],
  [10, 0, 0, 0, 10, 0, 0, 0, 10],
])
const cube = box(20, 20, 20)

function meshOf(triangles: number[][]): Mesh {
  return { corners: Float32Array.from(triangles.flat()) }
}
const joined = (...meshes: Mesh[]): Mesh => ({
  corners: Float32Array.from(meshes.flatMap(({ corners }) => Array.from(corners))),
})
const codeOf = (mesh: Mesh) => {
  const checked = checkMesh(mesh)
  return checked.ok ? 'ok' : checked.why.code
}
const mirrored = ({ corners }: Mesh): Mesh => ({
  corners: corners.map((value, at) => (at % 3 === 0 ? -value : value)),
})

test('a tetrahedron and a cube are bodies with their exact volume', () => {
  expect(checkMesh(tetrahedron)).toMatchObject({ ok: true, body: { triangles: 4, repairs: [] } })
  expect(signedVolumeMm3(tetrahedron)).toBeCloseTo(1000 / 6, 4)
  expect(checkMesh(cube)).toMatchObject({
    ok: true,
    body: { volumeMm3: 8000, sizeMm: { x: 20, y: 20, z: 20 }, repairs: [] },
  })
  expect(solidGrams(8000, 1.24)).toBeCloseTo(9.92)
})

test('an open box is refused with the number of its open edges', () => {
  const open = { corners: cube.corners.slice(9) }
  expect(checkMesh(open)).toEqual({
    ok: false,
    why: { code: 'not_closed', details: { openEdges: 3, triangles: cube.corners.length / 9 - 1 } },
  })
})

test('a mirrored cube is turned outside out', () => {
  const checked = checkMesh(mirrored(cube))
  expect(checked).toMatchObject({ ok: true, body: { repairs: ['turned_outside_out'] } })
  expect(checked.ok && signedVolumeMm3(checked.body.mesh)).toBe(8000)
})

test('triangles that are only a point or a line of two are left out', () => {
  const withPoint = joined(cube, meshOf([[1, 1, 1, 1, 1, 1, 2, 2, 2]]))
  expect(checkMesh(withPoint)).toMatchObject({
    ok: true,
    body: { repairs: ['dropped_degenerate_triangles'], volumeMm3: 8000 },
  })
})

test('what is not one surface of one body is refused by name', () => {
  const oneTurned = cube.corners.slice()
  oneTurned.set(cube.corners.subarray(0, 3), 3)
  oneTurned.set(cube.corners.subarray(3, 6), 0)
  const hole = cube.corners.slice()
  hole[4] = NaN
  const touching = { corners: cube.corners.map((value, at) => value + (at % 3 < 2 ? 20 : 0)) }
  const flat = [0, 0, 0, 9, 0, 0, 0, 9, 0]
  const flatBack = [0, 0, 0, 0, 9, 0, 9, 0, 0]
  expect(codeOf({ corners: oneTurned })).toBe('triangles_face_both_ways')
  expect(codeOf({ corners: hole })).toBe('not_finite')
  expect(codeOf(joined(cube, touching))).toBe('edges_shared_by_more_than_two')
  expect(codeOf(meshOf([flat, flatBack]))).toBe('no_volume')
  expect(codeOf(meshOf([[1, 1, 1, 1, 1, 1, 1, 1, 1]]))).toBe('no_triangles')
})

test('minus zero is zero, so that a corner is one point however it is written', () => {
  const signed = {
    corners: cube.corners.map((value, at) => (value === 0 && at % 2 === 0 ? -0 : value)),
  }
  expect(codeOf(signed)).toBe('ok')
})

test.each(Object.entries(demoShapes))(
  'the demo model %s is a body that can be read back',
  (_name, shape) => {
    const read = readBody(writeStl(shape()))
    expect(read).toMatchObject({ ok: true, body: { repairs: [] } })
    const size = sizeOf(shape())
    for (const side of [size.x, size.y, size.z]) expect(side).toBeGreaterThan(5)
  },
)

test('a binary file that begins with the word solid is still binary', () => {
  const read = parseStl(writeStl(cube, 'solid cube'))
  expect(read).toEqual({ ok: true, mesh: cube })
})

test('an ASCII file gives the same mesh as the binary one', () => {
  expect(parseStl(new TextEncoder().encode(asciiOf(cube)))).toEqual({ ok: true, mesh: cube })
})

const ascii = (text: string) => new TextEncoder().encode(text)
const binaryCount = (count: number, length: number) => {
  const file = new Uint8Array(length)
  new DataView(file.buffer).setUint32(80, count, true)
  return file
}
test.each<[string, Uint8Array]>([
  ['file_empty', new Uint8Array(0)],
  ['file_too_large', new Uint8Array(stlLimits.maxBytes + 1)],
  ['not_stl', ascii('hello')],
  ['file_length_wrong', writeStl(cube).subarray(0, 300)],
  ['file_length_wrong', binaryCount(4_000_000_000, 200)],
  ['no_triangles', binaryCount(0, 84)],
  ['no_triangles', ascii('solid nothing\nendsolid nothing\n')],
  ['file_cut_off', ascii(asciiOf(cube).slice(0, 500))],
  ['facet_not_a_triangle', ascii(asciiOf(cube).replace(/vertex .*\n/, ''))],
])('a file is refused as %s', (code, file) => {
  expect(parseStl(file)).toMatchObject({ ok: false, why: { code } })
})

test('the number of triangles is limited in both kinds of file', () => {
  const limits = { ...stlLimits, maxTriangles: 11 }
  for (const file of [writeStl(cube), ascii(asciiOf(cube))]) {
    expect(parseStl(file, limits)).toMatchObject({ ok: false, why: { code: 'too_many_triangles' } })
  }
})

test('a word that is no number is found by the check', () => {
  const file = ascii(asciiOf(cube).replace('vertex 20', 'vertex twenty'))
  expect(readBody(file)).toMatchObject({ ok: false, why: { code: 'not_finite' } })
})

test('whatever bytes come, reading answers and does not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, solid) => {
      const file = solid ? Uint8Array.from([...ascii('solid '), ...bytes]) : bytes
      const read = readBody(file)
      expect(read.ok || read.why.code.length > 0).toBe(true)
    }),
  )
})

test('scaling by a factor scales the volume by its cube, and placing keeps it', () => {
  const part = scaled(demoShapes.faucetHandle(), 0.5)
  const whole = signedVolumeMm3(demoShapes.faucetHandle())
  expect(signedVolumeMm3(part) / whole).toBeCloseTo(1 / 8, 4)
  const placed = placedOnPlate(turnedByQuarter(part), { x: 200, y: 100, z: 100 })
  expect(signedVolumeMm3(placed)).toBeCloseTo(whole / 8, 0)
  const { min, max } = boundsOf(placed)
  expect(
    [min.z, (min.x + max.x) / 2, (min.y + max.y) / 2].map((mm) => Math.round(mm * 1e3)),
  ).toEqual([0, 100_000, 50_000])
})

function asciiOf({ corners }: Mesh): string {
  const facets: string[] = []
  for (let at = 0; at < corners.length; at += 9) {
    const vertices = [0, 3, 6].map((corner) => {
      return `    vertex ${[...corners.subarray(at + corner, at + corner + 3)].join(' ')}`
    })
    facets.push(
      ['  facet normal 0 0 0', '   outer loop', ...vertices, '   endloop', '  endfacet'].join('\n'),
    )
  }
  return `solid cube\n${facets.join('\n')}\nendsolid cube\n`
}
