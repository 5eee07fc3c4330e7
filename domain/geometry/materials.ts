// What a material needs of a machine that melts it, and what it weighs.

export interface MeltedMaterial {
  nozzleCelsius: number
  bedCelsius: number
  gramsPerCubicCm: number
}

const materials: Readonly<Record<string, MeltedMaterial>> = {
  PLA: { nozzleCelsius: 210, bedCelsius: 60, gramsPerCubicCm: 1.24 },
  PETG: { nozzleCelsius: 240, bedCelsius: 80, gramsPerCubicCm: 1.27 },
  ABS: { nozzleCelsius: 245, bedCelsius: 100, gramsPerCubicCm: 1.04 },
  TPU: { nozzleCelsius: 225, bedCelsius: 45, gramsPerCubicCm: 1.21 },
  nylon: { nozzleCelsius: 260, bedCelsius: 80, gramsPerCubicCm: 1.14 },
}

/** Null for what is not melted: resin, powder, metal. */
export function meltedMaterial(name: string): MeltedMaterial | null {
  return materials[name] ?? null
}
