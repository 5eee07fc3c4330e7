// Runs a sweep on this machine: round by round, each day taken from the cache or simulated and kept.
import { mkdir, readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { dayTask, type HashedScenario } from './experiment.ts'
import type { Simulator } from './model.ts'
import { writeWhole } from './resultFolder.ts'
import { revived } from './summary.ts'
import { expandPlan, type KnownDay, nextRound, type TunePlan, type TunePoint } from './tunePlan.ts'
import { type TuneResult, tuneResult } from './tuneResult.ts'

export interface TuneProgress {
  round: number
  rounds: number
  /** Of the round. */
  done: number
  expected: number
}

interface TuneBench {
  simulator: Simulator
  check: (document: unknown, name: string) => HashedScenario
  /** Where days are kept by the hash of all that makes them; null keeps none. */
  cacheDir: string | null
  onProgress?: ((progress: TuneProgress) => void) | undefined
}

export async function tune(plan: TunePlan, bench: TuneBench): Promise<TuneResult> {
  const points = expandPlan(plan, bench.check)
  if (bench.cacheDir !== null) await mkdir(bench.cacheDir, { recursive: true })
  const known: KnownDay[] = []
  for (;;) {
    const { tasks, round, rounds } = nextRound(plan, points, known)
    if (tasks.length === 0) return tuneResult(plan, points, known)
    const expected = tasks.length
    const waiting = tasks[Symbol.iterator]()
    let done = 0
    const work = async () => {
      for (const { at, replication } of waiting) {
        const figures = await dayFigures(plan, points[at]!, replication, bench)
        known.push({ at, replication, figures })
        done += 1
        bench.onProgress?.({ round, rounds, done, expected })
      }
    }
    await Promise.all(Array.from({ length: bench.simulator.atOnce }, work))
  }
}

async function dayFigures(
  plan: TunePlan,
  { scenario }: TunePoint,
  replication: number,
  { simulator, cacheDir }: TuneBench,
) {
  const { seed, warmUpHours, program } = plan
  const inputs = [scenario.hash, program, seed, replication, warmUpHours]
  const name = createHash('sha256').update(JSON.stringify(inputs)).digest('hex')
  const path = cacheDir === null ? null : join(cacheDir, `${name}.json`)
  const kept = path === null ? null : await readKept(path)
  if (kept !== null) return kept
  const task = dayTask(scenario, { seed, replication, warmUpHours })
  const { figures } = await simulator.simulate(task)
  if (path !== null) await writeWhole(path, JSON.stringify(figures))
  return figures
}

async function readKept(path: string) {
  try {
    return revived(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    // Not there, or not whole: it is simulated again, and then it is.
    return null
  }
}
