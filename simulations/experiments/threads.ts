// Spreads days over threads, one at a time in each: days are asked for in any number and wait for a free one.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Day } from '../day.ts'
import type { DayAnswer, DayThreadStart } from './dayThread.ts'
import type { DayTask, Simulator } from './model.ts'

export interface Threads extends Simulator {
  /** Answers with the reason once a thread is lost, after which no day is simulated any more. */
  lost: Promise<unknown>
  /** Ends the threads, whatever they are at; days that are still waited for fail. */
  close: () => Promise<void>
}

export interface ThreadsOptions {
  modelUrl: string
  threads?: number | undefined
}

interface Waiting {
  task: DayTask
  resolve: (day: Day) => void
  reject: (error: unknown) => void
}

export function openThreads({ modelUrl, threads }: ThreadsOptions): Threads {
  const atOnce = threads ?? availableParallelism()
  const waiting: Waiting[] = []
  const idle: Worker[] = []
  const at = new Map<Worker, Waiting | null>()
  const lost = Promise.withResolvers<unknown>()
  let ended: unknown = null

  const open = () => {
    const start: DayThreadStart = { modelUrl }
    const worker = new Worker(new URL('dayThread.ts', import.meta.url), { workerData: start })
    at.set(worker, null)
    worker.on('message', (reply: DayAnswer) => answered(worker, reply))
    worker.on('error', (error) => lose(worker, error))
    worker.on('exit', (code) => lose(worker, new Error(`it ended with code ${code}`)))
    return worker
  }
  const answered = (worker: Worker, reply: DayAnswer) => {
    const wanted = at.get(worker)
    if (!wanted) return
    const { resolve, reject } = wanted
    at.set(worker, null)
    idle.push(worker)
    if ('day' in reply) resolve(reply.day)
    else reject(reply.error)
    next()
  }
  const next = () => {
    while (waiting.length > 0 && (idle.length > 0 || at.size < atOnce)) {
      const worker = idle.pop() ?? open()
      const wanted = waiting.shift()!
      at.set(worker, wanted)
      // Nothing is handed over for good, so the list is empty.
      worker.postMessage(wanted.task, [])
    }
  }
  /** One thread that is lost fails all: a sweep must not go on with a part of its days. */
  const end = (reason: unknown): Promise<unknown> => {
    if (ended !== null) return Promise.resolve()
    ended = reason
    const unserved = [...at.values(), ...waiting.splice(0)].filter((wanted) => wanted !== null)
    for (const { reject } of unserved) reject(reason)
    return Promise.all([...at.keys()].map((worker) => worker.terminate()))
  }
  const lose = (worker: Worker, cause: Error) => {
    // A thread that was given up is nobody's loss.
    if (!at.has(worker)) return
    if (ended === null) lost.resolve(crashed(cause))
    void end(crashed(cause))
  }
  /** A thread that is at it is given up with it: a day cannot be left half way. */
  const giveUp = (given: Waiting, reason: unknown) => {
    given.reject(reason)
    const queued = waiting.indexOf(given)
    if (queued >= 0) waiting.splice(queued, 1)
    for (const [worker, wanted] of at) {
      if (wanted !== given) continue
      at.delete(worker)
      void worker.terminate()
    }
    // Others may be given up with it.
    queueMicrotask(next)
  }

  return {
    atOnce,
    lost: lost.promise,
    simulate: async (task, signal) => {
      signal?.throwIfAborted()
      if (ended !== null) throw ended
      const day = Promise.withResolvers<Day>()
      const wanted = { task, ...day }
      const abort = () => giveUp(wanted, signal?.reason)
      signal?.addEventListener('abort', abort)
      waiting.push(wanted)
      next()
      return await day.promise.finally(() => signal?.removeEventListener('abort', abort))
    },
    close: async () => void (await end(new Error('the simulation threads were closed'))),
  }
}

function crashed(cause: Error): Error {
  return new Error(`a simulation thread was lost: ${cause.message}`, { cause })
}
