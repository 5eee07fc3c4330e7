// When a worker is well: it polls for work, and what it does can be written down.
import type { Worker } from '@temporalio/worker'
import type { Storage } from '../storage/storage.ts'

export async function isWell(worker: Worker, storage: Pick<Storage, 'ping'>): Promise<boolean> {
  if (worker.getState() !== 'RUNNING') return false
  await storage.ping()
  return true
}
