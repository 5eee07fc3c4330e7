// Reads a scenario: starts from the one it extends, fills in defaults, refuses what cannot be run.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { faultsOf } from '../../domain/schemaFaults.ts'
import { plainly } from './plainWords.ts'
import { contradictions } from './check.ts'
import { Scenario } from './scenario.ts'

export interface LoadedScenario {
  /** With every default: loading it again gives the same. */
  scenario: Scenario
  /** SHA-256 of the scenario's canonical JSON, rules included, and of the recordings that it names. */
  hash: string
}

export interface ScenarioFault {
  /** A JSON pointer into the scenario, such as /trucks/0/count. */
  path: string
  message: string
}

/** All that is wrong with a scenario; nothing of it runs. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
  readonly faults: readonly ScenarioFault[]

  constructor(faults: readonly ScenarioFault[]) {
    super(faults.map(({ path, message }) => `${path} ${message}`.trimStart()).join('\n'))
    this.faults = faults
  }
}

/** From a file, or from what its text would hold; files that it names lie beside it. */
export function loadScenario(source: string | object): LoadedScenario {
  const document = typeof source === 'string' ? readDocument(source, []) : structuredClone(source)
  refuseEmptyMap(document)
  if (!validate(document)) throw new ScenarioError(faultsOf(validate.errors ?? []))
  const faults = contradictions(document)
  if (faults.length > 0) throw new ScenarioError(faults)
  return { scenario: document, hash: hashOf(document) }
}

/** Who draws a map and leaves it empty does not mean the demo city, which is there by default. */
function refuseEmptyMap({ map }: { map?: unknown }): void {
  if (!isRecord(map) || (map['demoCity'] ?? map['file'] ?? null) !== null) return
  const { junctions } = map
  if (!Array.isArray(junctions) || junctions.length > 0) return
  throw new ScenarioError([{ path: '/map/junctions', message: 'is empty: there are no streets' }])
}

/** Recorded orders are part of what is simulated: the name of their file does not tell two days apart. */
function hashOf(scenario: Scenario): string {
  const hash = createHash('sha256').update(canonicalJson(scenario))
  const { recording, fittedTo } = scenario.orders
  const named = [
    ...(recording === null ? [] : [{ path: '/orders/recording', file: recording }]),
    ...[fittedTo ?? []].flat().map((file) => ({ path: '/orders/fittedTo', file })),
  ]
  for (const { path, file } of named) hash.update(bytesOf(path, file))
  return hash.digest('hex')
}

function bytesOf(path: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ScenarioError([{ path, message: `${file} cannot be read: ${plainly(error)}` }])
  }
}

const validate = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  useDefaults: true,
}).compile<Scenario>(Scenario)

const mostExtensions = 8

function readDocument(path: string, from: readonly string[]): object {
  const absolute = resolve(path)
  const trail = [...from, absolute]
  if (from.includes(absolute) || from.length > mostExtensions) {
    throw new ScenarioError([{ path: '/extends', message: `goes round: ${trail.join(' -> ')}` }])
  }
  const document = parse(absolute)
  const { extends: base, ...own } = document
  const here = withAbsolutePaths(own, dirname(absolute))
  if (base === undefined) return here
  if (typeof base !== 'string') {
    throw new ScenarioError([{ path: '/extends', message: 'must name a file' }])
  }
  return merged(readDocument(resolve(dirname(absolute), base), trail), here)
}

function parse(path: string): Record<string, unknown> {
  const document = jsonOf(path)
  if (isRecord(document)) return document
  throw new ScenarioError([{ path: '', message: `${path} must hold a JSON object` }])
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ScenarioError([{ path: '', message: `${path} cannot be read: ${plainly(error)}` }])
  }
}

/** Files beside a scenario stay beside it whatever extends it. */
function withAbsolutePaths(document: Record<string, unknown>, folder: string) {
  const { map, orders } = document
  const own: Record<string, unknown> = { ...document }
  if (isRecord(map) && typeof map['file'] === 'string') {
    own['map'] = { ...map, file: resolve(folder, map['file']) }
  }
  if (isRecord(orders)) {
    const files = ['recording', 'fittedTo'].filter((name) => name in orders)
    const absolute = files.map((name) => [name, beside(folder, orders[name])])
    own['orders'] = { ...orders, ...Object.fromEntries(absolute) }
  }
  return own
}

function beside(folder: string, files: unknown): unknown {
  if (Array.isArray(files)) return files.map((file) => beside(folder, file))
  return typeof files === 'string' ? resolve(folder, files) : files
}

/** As a JSON merge patch (RFC 7396): null removes, lists are replaced as a whole. */
function merged(base: object, patch: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else if (!isRecord(value)) result[name] = value
    else result[name] = merged(isRecord(result[name]) ? result[name] : {}, value)
  }
  return result
}

/** One text for equal values: names in the order of their code units, no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(',')}}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
