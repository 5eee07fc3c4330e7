// Names a toolpath by everything that it depends on: equal keys are equal toolpaths, sliced once.
import { createHash } from 'node:crypto'
import { meltedMaterial } from '../domain/geometry/materials.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { MachineCaps } from '../domain/model/site.ts'
import type { Slicer, SlicerProfile } from '../services/slicer/slicer.ts'

export interface InstructionsFacts {
  item: Item
  customization: Customization
  caps: MachineCaps
  slicer: Pick<Slicer, 'name' | 'version'>
}

export function instructionsKey({ item, customization, caps, slicer }: InstructionsFacts): string {
  const parts = {
    sha256: item.instructions.sha256,
    scale: customization.scale,
    profile: profileOf(caps, customization.material),
    slicer: `${slicer.name} ${slicer.version}`,
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Of resins and powders: the embedded slicer refuses them, so this figure only names their toolpaths. */
const unmeltedGramsPerCubicCm = 1.2

/** What a machine and a material mean to the slicer. */
export function profileOf(caps: MachineCaps, material: string): SlicerProfile {
  const layerMm = Math.max(0.05, Math.min(0.3, caps.resolutionMicrons / 1000))
  return {
    volumeMm: caps.volumeMm,
    material,
    layerMm,
    nozzleMm: 0.4,
    infillShare: 0.2,
    printMmPerSecond: 80,
    gramsPerCubicCm: meltedMaterial(material)?.gramsPerCubicCm ?? unmeltedGramsPerCubicCm,
  }
}
