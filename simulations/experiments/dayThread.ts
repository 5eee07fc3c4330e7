// A thread that simulates the days it is asked for, one after another; the scenarios it has seen stay prepared.
import { parentPort, workerData } from 'node:worker_threads'
import type { Day } from '../day.ts'
import type { DayTask, Model } from './model.ts'

export interface DayThreadStart {
  modelUrl: string
}

export type DayAnswer = { day: Day } | { error: Error }

const { modelUrl }: DayThreadStart = workerData
/** A comparison has two scenarios, a round of tuning a few that are asked for in turn. */
const preparedAtOnce = 8
const prepared = new Map<string, Promise<unknown>>()
let latest = Promise.resolve()

parentPort?.on('message', (task: DayTask) => {
  latest = latest.then(async () => answer(await simulate(task)))
})

async function simulate({ scenario, scenarioHash, ...request }: DayTask): Promise<DayAnswer> {
  try {
    const { model }: { model: Model } = await import(modelUrl)
    const known = prepared.get(scenarioHash) ?? Promise.resolve(model.prepare(scenario))
    keep(scenarioHash, known)
    return { day: model.simulateDay(await known, request) }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** What was used last is at the end, and what was used first goes. */
function keep(scenarioHash: string, known: Promise<unknown>): void {
  prepared.delete(scenarioHash)
  prepared.set(scenarioHash, known)
  const [oldest] = prepared.keys()
  if (prepared.size > preparedAtOnce && oldest !== undefined) prepared.delete(oldest)
}

function answer(reply: DayAnswer): void {
  const buffer = 'day' in reply ? reply.day.decisions.buffer : null
  parentPort?.postMessage(reply, buffer instanceof ArrayBuffer ? [buffer] : [])
}
