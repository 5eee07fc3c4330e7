// The slicer that is always there: the domain's own, run in a thread so that the process goes on meanwhile.
import { Worker } from 'node:worker_threads'
import { DomainError, type FailureFacts } from '../../domain/failure.ts'
import type { SlicedPart, Slicer, SlicerProfile } from './slicer.ts'

/** Raise the version when the same mesh and profile would give another toolpath. */
export const embeddedSlicerId: Pick<Slicer, 'name' | 'version'> = {
  name: 'embedded',
  version: '1',
}

export interface SliceOrder {
  stl: Uint8Array
  profile: SlicerProfile
}

export type SliceAnswer = { ok: true; part: SlicedPart } | { ok: false; facts: FailureFacts }

export function openEmbeddedSlicer(): Slicer {
  return {
    ...embeddedSlicerId,
    async slice(order) {
      const answer = await inThread(order)
      if (!answer.ok) throw new DomainError('instructions_unusable', answer.facts)
      return answer.part
    },
  }
}

/** A thread for each part: a mesh that is too much for it takes only the thread down. */
function inThread(order: SliceOrder): Promise<SliceAnswer> {
  const thread = new Worker(new URL('sliceThread.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 1_024 },
  })
  return new Promise((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', (code) => reject(new Error(`slicing ended with ${code}, without a part`)))
  })
}
