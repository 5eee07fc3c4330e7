// Solves the instances that it is sent, in a thread of its own.
import { parentPort } from 'node:worker_threads'
import { readInstance } from './pdptwInstance.ts'
import { solve, type Budget } from './pdptwSolve.ts'

export interface Task extends Budget {
  path: string
}

parentPort?.on('message', ({ path, ...budget }: Task) => {
  parentPort?.postMessage(solve(readInstance(path), budget), [])
})
