// Reads a toolpath before a machine does: only known commands, inside the machine, and never hotter
// than it may be.
import type { SizeMm } from '../model/item.ts'

export interface Envelope {
  volumeMm: SizeMm
  maxNozzleCelsius: number
  maxBedCelsius: number
}

/** What machines of this kind stand at most, where their maker says nothing else. */
export const ordinaryLimits = { maxNozzleCelsius: 300, maxBedCelsius: 120 }

export interface ToolpathProblem {
  line: number
  code:
    | 'unknown_command'
    | 'malformed'
    | 'outside'
    | 'too_hot'
    | 'extrudes_cold'
    | 'moves_before_homing'
    | 'makes_nothing'
    | 'too_long'
  text: string
}

export interface ToolpathReport {
  ok: boolean
  /** The first twenty. */
  problems: ToolpathProblem[]
  layers: number
  highestMm: number
}

const maxProblems = 20
const maxLines = 20_000_000
const softensCelsius = 170

/**
 * Absolute millimetres only. Relative moves, arcs, files, macros and whatever writes settings are
 * not on the list.
 */
const known: Readonly<Record<string, RegExp>> = {
  G0: /^[XYZFE]$/,
  G1: /^[XYZFE]$/,
  G4: /^[PS]$/,
  G21: /^$/,
  G28: /^[XYZ]$/,
  G90: /^$/,
  G92: /^E$/,
  M73: /^[PR]$/,
  M82: /^$/,
  M84: /^$/,
  M104: /^S$/,
  M106: /^S$/,
  M107: /^$/,
  M109: /^S$/,
  M140: /^S$/,
  M190: /^S$/,
}

export function lintToolpath(gcode: string, envelope: Envelope): ToolpathReport {
  const problems: ToolpathProblem[] = []
  const state: State = { homed: false, nozzleCelsius: 0, extrudedAt: 0, extrudes: false }
  let [layers, highestMm, line, from] = [0, 0, 0, 0]
  while (from <= gcode.length && problems.length < maxProblems) {
    const newline = gcode.indexOf('\n', from)
    const to = newline < 0 ? gcode.length : newline
    const text = gcode.slice(from, to).trimEnd()
    from = to + 1
    line += 1
    if (line > maxLines) {
      problems.push({ line, code: 'too_long', text: '' })
      break
    }
    if (text.startsWith(';LAYER:')) layers += 1
    const words = (text.split(';', 1)[0] ?? '').trim()
    if (words === '') continue
    const command = parse(words)
    const code = command ? problemOf(command, state, envelope) : 'malformed'
    if (code) problems.push({ line, code, text: text.slice(0, 80) })
    if (command && isMove(command)) {
      highestMm = Math.max(highestMm, command.values.get('Z') ?? highestMm)
    }
  }
  if (problems.length === 0 && !state.extrudes) {
    problems.push({ line, code: 'makes_nothing', text: '' })
  }
  return { ok: problems.length === 0, problems, layers, highestMm }
}

interface Command {
  name: string
  /** Null where a letter stands alone, as in G28 X. */
  values: Map<string, number | null>
}

interface State {
  homed: boolean
  nozzleCelsius: number
  extrudedAt: number
  extrudes: boolean
}

/** Letters with decimal numbers, each letter once. */
function parse(words: string): Command | null {
  const [name = '', ...parameters] = words.split(/\s+/)
  if (!/^[GM]\d{1,4}$/.test(name)) return null
  const values = new Map<string, number | null>()
  for (const parameter of parameters) {
    const match = /^([A-Z])(-?\d{1,7}(?:\.\d{1,7})?)?$/.exec(parameter)
    const letter = match?.[1]
    if (!letter || values.has(letter)) return null
    values.set(letter, match[2] === undefined ? null : Number(match[2]))
  }
  return { name, values }
}

function problemOf(
  { name, values }: Command,
  state: State,
  envelope: Envelope,
): ToolpathProblem['code'] | null {
  const letters = known[name]
  if (!letters) return 'unknown_command'
  for (const [letter, value] of values) {
    if (!letters.test(letter) || (value === null && name !== 'G28')) return 'malformed'
  }
  switch (name) {
    case 'G0':
    case 'G1':
      return problemOfMove(values, state, envelope)
    case 'G28':
      state.homed = true
      return null
    case 'G92':
      state.extrudedAt = values.get('E') ?? 0
      return null
    case 'M104':
    case 'M109':
      state.nozzleCelsius = values.get('S') ?? 0
      return state.nozzleCelsius > envelope.maxNozzleCelsius ? 'too_hot' : null
    case 'M140':
    case 'M190':
      return (values.get('S') ?? 0) > envelope.maxBedCelsius ? 'too_hot' : null
    default:
      return null
  }
}

function problemOfMove(
  values: Command['values'],
  state: State,
  { volumeMm }: Envelope,
): ToolpathProblem['code'] | null {
  if (!state.homed) return 'moves_before_homing'
  const isOutside = (letter: string, mostMm: number) => {
    const value = values.get(letter) ?? 0
    return value < 0 || value > mostMm
  }
  // The nozzle stands on top of the last layer, which may be cut by half.
  if (
    isOutside('X', volumeMm.x) ||
    isOutside('Y', volumeMm.y) ||
    isOutside('Z', volumeMm.z + 0.5)
  ) {
    return 'outside'
  }
  const extrudedAt = values.get('E') ?? state.extrudedAt
  const pushes = extrudedAt > state.extrudedAt
  state.extrudedAt = extrudedAt
  if (!pushes) return null
  state.extrudes = true
  return state.nozzleCelsius < softensCelsius ? 'extrudes_cold' : null
}

function isMove({ name }: Command): boolean {
  return name === 'G0' || name === 'G1'
}
