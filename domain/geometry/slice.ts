// Slices a body for machines that melt filament: G-code that is the same for the same body and
// profile, to the byte.
import { reason, type Reason } from '../decision.ts'
import type { SizeMm } from '../model/item.ts'
import type { Body } from './check.ts'
import { infillLines } from './fill.ts'
import { insetContours } from './inset.ts'
import { layersOf, type Contour, type Layer } from './layers.ts'
import { meltedMaterial, type MeltedMaterial } from './materials.ts'
import { placedOnPlate, turnedByQuarter } from './scale.ts'

export interface SliceProfile {
  volumeMm: SizeMm
  material: string
  layerMm: number
  nozzleMm: number
  /** 0 to 1. */
  infillShare: number
  printMmPerSecond: number
  gramsPerCubicCm: number
}

export interface Toolpath {
  gcode: string
  layers: number
  seconds: number
  grams: number
}

export type Sliced = { ok: true; toolpath: Toolpath } | { ok: false; why: Reason }

const walls = 2
/** The first and the last layers are filled, so that the part is closed. */
const filledLayers = 3
const filamentMm = 1.75
const travelMmPerSecond = 150
const layerChangeSeconds = 0.4
/** Homing and heating before the first line. */
const startSeconds = 120

/**
 * Without supports: what hangs in the air is for a designer to turn, or for a slicer that builds
 * them.
 */
export function sliceBody(body: Body, profile: SliceProfile): Sliced {
  const { volumeMm, layerMm, nozzleMm, printMmPerSecond } = profile
  const melted = meltedMaterial(profile.material)
  if (!melted) return refused('material_not_melted', { material: profile.material })
  if (!(layerMm > 0 && layerMm <= nozzleMm && printMmPerSecond > 0)) {
    return refused('profile_impossible', { layerMm, nozzleMm, printMmPerSecond })
  }
  const placed = placeInside(body, volumeMm)
  if (!placed) {
    const { x, y, z } = body.sizeMm
    return refused('volume', { needed: `${x} x ${y} x ${z} mm` })
  }
  const layers = layersOf(placed, layerMm)
  if (layers.every(({ contours }) => contours.length === 0)) return refused('no_contours')
  return { ok: true, toolpath: write(layers, profile, melted) }
}

function placeInside({ mesh, sizeMm }: Body, volumeMm: SizeMm) {
  if (sizeMm.z > volumeMm.z) return null
  if (sizeMm.x <= volumeMm.x && sizeMm.y <= volumeMm.y) return placedOnPlate(mesh, volumeMm)
  const turnedFits = sizeMm.y <= volumeMm.x && sizeMm.x <= volumeMm.y
  return turnedFits ? placedOnPlate(turnedByQuarter(mesh), volumeMm) : null
}

function write(layers: readonly Layer[], profile: SliceProfile, melted: MeltedMaterial): Toolpath {
  const nozzle = nozzleAt(profile)
  for (const [index, layer] of layers.entries()) {
    const percent = Math.floor((index * 100) / layers.length)
    nozzle.startLayer(index, layer.topMm, percent)
    printLayer(nozzle, layer, index, index >= layers.length - filledLayers, profile)
  }
  const seconds = Math.ceil(startSeconds + nozzle.seconds())
  const grams = (nozzle.meltedMm3() / 1000) * profile.gramsPerCubicCm
  const header = [
    '; Fabroute toolpath 1',
    `; material ${profile.material}`,
    `; layer ${profile.layerMm} mm, nozzle ${profile.nozzleMm} mm, infill ${profile.infillShare}`,
    `; layers ${layers.length}`,
    `; seconds ${seconds}`,
    `; grams ${grams.toFixed(2)}`,
    'G21',
    'G90',
    'M82',
    `M140 S${melted.bedCelsius}`,
    `M104 S${melted.nozzleCelsius}`,
    'G28',
    `M190 S${melted.bedCelsius}`,
    `M109 S${melted.nozzleCelsius}`,
    'G92 E0',
  ]
  const ending = ['M73 P100', 'M104 S0', 'M140 S0', 'M107', 'G28 X Y', 'M84', '']
  const gcode = [...header, ...nozzle.lines, ...ending].join('\n')
  return { gcode, layers: layers.length, seconds, grams }
}

function printLayer(
  nozzle: ReturnType<typeof nozzleAt>,
  { contours }: Layer,
  index: number,
  isTop: boolean,
  { nozzleMm, infillShare }: SliceProfile,
): void {
  for (let wall = walls - 1; wall >= 0; wall--) {
    for (const contour of insetContours(contours, nozzleMm * (wall + 0.5))) nozzle.follow(contour)
  }
  const share = index < filledLayers || isTop ? 1 : infillShare
  if (share <= 0) return
  const inside = insetContours(contours, nozzleMm * walls)
  const along = index % 2 === 0 ? 'x' : 'y'
  for (const line of infillLines(inside, nozzleMm / share, along)) {
    nozzle.travel(line.fromX, line.fromY)
    nozzle.extrude(line.toX, line.toY)
  }
}

/** Where the nozzle is and what it has melted; writes what it does. */
function nozzleAt({ layerMm, nozzleMm, printMmPerSecond }: SliceProfile) {
  const lines: string[] = []
  let [x, y, meltedMm3, seconds] = [0, 0, 0, 0]
  const filamentMm2 = Math.PI * (filamentMm / 2) ** 2
  const travelFeed = (travelMmPerSecond * 60).toFixed(0)
  const printFeed = (printMmPerSecond * 60).toFixed(0)

  function travel(toX: number, toY: number): void {
    seconds += Math.hypot(toX - x, toY - y) / travelMmPerSecond
    lines.push(`G0 X${toX.toFixed(3)} Y${toY.toFixed(3)} F${travelFeed}`)
    x = toX
    y = toY
  }
  function extrude(toX: number, toY: number): void {
    const lengthMm = Math.hypot(toX - x, toY - y)
    seconds += lengthMm / printMmPerSecond
    meltedMm3 += lengthMm * nozzleMm * layerMm
    const e = (meltedMm3 / filamentMm2).toFixed(5)
    lines.push(`G1 X${toX.toFixed(3)} Y${toY.toFixed(3)} E${e} F${printFeed}`)
    x = toX
    y = toY
  }
  return {
    lines,
    travel,
    extrude,
    seconds: () => seconds,
    meltedMm3: () => meltedMm3,
    startLayer(index: number, topMm: number, percent: number): void {
      seconds += layerChangeSeconds
      lines.push(`;LAYER:${index}`, `M73 P${percent}`, `G0 Z${topMm.toFixed(3)} F600`)
      if (index === 1) lines.push('M106 S255')
    },
    follow(contour: Contour): void {
      travel(contour[0] ?? 0, contour[1] ?? 0)
      for (let at = 2; at < contour.length; at += 2) extrude(contour[at] ?? 0, contour[at + 1] ?? 0)
      extrude(contour[0] ?? 0, contour[1] ?? 0)
    },
  }
}

function refused(code: string, details: Reason['details'] = {}): Sliced {
  return { ok: false, why: reason(code, details) }
}
