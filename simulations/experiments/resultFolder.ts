// The folder that an experiment's result is kept in: result.json, and days with their tables beside it.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Day } from '../day.ts'
import type { LiveResult } from '../live/liveResult.ts'
import { plainly } from '../scenario/plainWords.ts'
import type { CompareResult } from './compare.ts'
import type { RunResult } from './run.ts'
import type { TuneResult } from './tuneResult.ts'

/** Without its decisions as numbers: its table of decisions says more. */
export type KeptDay = Omit<Day, 'decisions'>

export type Result = RunResult | CompareResult | TuneResult | LiveResult
export type KeptResult =
  | Omit<RunResult, 'example'>
  | Omit<CompareResult, 'examples'>
  | Omit<LiveResult, 'plan' | 'reality'>
  | TuneResult

export interface KeptExperiment {
  result: KeptResult
  /** With the name of the scenario that each is a day of. */
  days: { name: string; day: KeptDay }[]
}

const resultFile = 'result.json'
/** Raised when the files change so that older ones cannot be read. */
const version = 1

export async function writeResult(dir: string, result: Result): Promise<void> {
  await mkdir(dir, { recursive: true })
  const { examples, ...rest } = withoutExamples(result)
  for (const [at, day] of examples.entries()) {
    const { decisions: _, ...kept } = day
    await writeWhole(join(dir, dayFile(at)), JSON.stringify(kept))
  }
  const about = { version, days: examples.length, ...rest }
  await writeWhole(join(dir, resultFile), `${JSON.stringify(about, null, 2)}\n`)
}

export async function readResult(dir: string): Promise<KeptExperiment> {
  const kept = await readJson(join(dir, resultFile), `${dir} holds no result of the simulator`)
  if (kept.version !== version) {
    throw new Error(`${dir} was written by another version of the simulator: run it again`)
  }
  const result: KeptResult = kept.result
  const names = daysIn(result)
  const count: number = kept.days
  const days = Array.from({ length: count }, async (_, at) => {
    const day: KeptDay = await readJson(join(dir, dayFile(at)), `${dir} has lost a day`)
    return { name: names[at] ?? '', day }
  })
  return { result, days: await Promise.all(days) }
}

/** What each of its days is called. */
function daysIn(result: KeptResult): string[] {
  if (result.kind === 'live') return ['plan', 'reality']
  const scenarios = 'scenarios' in result ? result.scenarios : [result.scenario]
  return scenarios.map(({ name }) => name)
}

const dayFile = (at: number) => `day${at + 1}.json`

function withoutExamples(result: Result): { examples: Day[]; result: KeptResult } {
  if (result.kind === 'run') {
    const { example, ...rest } = result
    return { examples: [example], result: rest }
  }
  if (result.kind === 'compare') {
    const { examples, ...rest } = result
    return { examples, result: rest }
  }
  if (result.kind === 'live') {
    const { plan, reality, ...rest } = result
    return { examples: [plan, reality], result: rest }
  }
  return { examples: [], result }
}

/** Never half a file, whatever happens in between. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.part`
  await writeFile(beside, content)
  await rename(beside, path)
}

async function readJson(path: string, otherwise: string) {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new Error(`${otherwise}: ${plainly(error)}`, {
      cause: error,
    })
  }
}
