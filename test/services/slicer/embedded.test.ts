// The embedded slicer makes toolpaths that the machine can stand, the same each time, or says why it cannot.
import { expect, test } from '@jest/globals'
import { lintToolpath, ordinaryLimits } from '../../../domain/geometry/lintToolpath.ts'
import { faucetHandle } from '../../../domain/geometry/shapes.ts'
import { writeStl } from '../../../domain/geometry/stl.ts'
import { openEmbeddedSlicer } from '../../../services/slicer/embedded.ts'
import type { SlicerProfile } from '../../../services/slicer/slicer.ts'
import { expectFailure } from '../../support/failures.ts'

const slicer = openEmbeddedSlicer()
const handle = writeStl(faucetHandle())
const profile: SlicerProfile = {
  volumeMm: { x: 220, y: 220, z: 250 },
  material: 'PLA',
  layerMm: 0.2,
  nozzleMm: 0.4,
  infillShare: 0.2,
  printMmPerSecond: 80,
  gramsPerCubicCm: 1.24,
}

test('the faucet handle becomes a toolpath that stays within the machine, with time and mass', async () => {
  const { toolpath, seconds, grams } = await slicer.slice({ stl: handle, profile })
  const { volumeMm } = profile
  const gcode = new TextDecoder().decode(toolpath)
  const report = lintToolpath(gcode, { volumeMm, ...ordinaryLimits })
  expect(report).toMatchObject({ ok: true, layers: 170 })
  expect(report.highestMm).toBeCloseTo(34, 1)
  // Solid it would weigh some 30 g; mostly hollow it is less, and is made in tens of minutes.
  expect(grams).toBeGreaterThan(3)
  expect(grams).toBeLessThan(40)
  expect(seconds / 60).toBeGreaterThan(10)
  expect(seconds / 60).toBeLessThan(300)
})

test('the same mesh and profile give the same bytes, also side by side', async () => {
  const [one, other] = await Promise.all([
    slicer.slice({ stl: handle, profile }),
    slicer.slice({ stl: handle, profile }),
  ])
  expect(Buffer.from(one.toolpath).equals(other.toolpath)).toBe(true)
})

test('the mesh that is given stays usable', async () => {
  const before = Buffer.from(handle)
  await slicer.slice({ stl: handle, profile })
  expect(before.equals(handle)).toBe(true)
})

test.each([
  ['no STL at all', Buffer.from('hello'), profile, 'not_stl'],
  ['a body with a hole', withoutTriangle(handle), profile, null],
  ['a part larger than the machine', handle, { ...profile, volumeMm: cube(50) }, 'volume'],
  [
    'a material that is not melted',
    handle,
    { ...profile, material: 'resin' },
    'material_not_melted',
  ],
])('%s is refused with a reason', async (_, stl, asked, reason) => {
  const facts = { reason: reason ?? expect.any(String) }
  await expectFailure(slicer.slice({ stl, profile: asked }), 'instructions_unusable', facts)
})

function cube(side: number) {
  return { x: side, y: side, z: side }
}

/** A binary STL says at byte 80 how many triangles of 50 bytes follow. */
function withoutTriangle(stl: Uint8Array): Uint8Array {
  const fewer = stl.slice(0, -50)
  const view = new DataView(fewer.buffer)
  view.setUint32(80, view.getUint32(80, true) - 1, true)
  return fewer
}
