// What the platform asks of a slicer: a checked mesh and a machine's profile in, a toolpath with its time and mass out.

export interface Slicer {
  /** Both go into the key under which a toolpath is stored, so a new version slices anew. */
  readonly name: string
  readonly version: string
  /** Throws DomainError instructions_unusable {reason} for a mesh that cannot be made. */
  slice(order: { stl: Uint8Array; profile: SlicerProfile }): Promise<SlicedPart>
}

export interface SlicedPart {
  toolpath: Uint8Array
  seconds: number
  grams: number
}

/** What a machine and its material are, as far as a slicer needs to know. */
export interface SlicerProfile {
  volumeMm: { x: number; y: number; z: number }
  material: string
  layerMm: number
  nozzleMm: number
  infillShare: number
  printMmPerSecond: number
  gramsPerCubicCm: number
}
