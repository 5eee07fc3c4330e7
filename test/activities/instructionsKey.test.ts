// The profile that a toolpath is sliced with and named by: what a material weighs is said in one place.
import { expect, test } from '@jest/globals'
import { profileOf } from '../../activities/instructionsKey.ts'
import { meltedMaterial } from '../../domain/geometry/materials.ts'
import type { MachineCaps } from '../../domain/model/site.ts'

const caps: MachineCaps = {
  process: 'fdm',
  volumeMm: { x: 220, y: 220, z: 240 },
  resolutionMicrons: 200,
  materials: [],
  instructionKinds: ['gcode'],
  keyId: null,
}

test.each(['PLA', 'PETG', 'ABS', 'TPU', 'nylon'])(
  '%s weighs what the geometry says',
  (material) => {
    const { gramsPerCubicCm } = profileOf(caps, material)
    expect(gramsPerCubicCm).toBe(meltedMaterial(material)?.gramsPerCubicCm)
  },
)
