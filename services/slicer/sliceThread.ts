// The thread of the embedded slicer: slices the one part that it is given, and checks what it made.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import type { Reason } from '../../domain/decision.ts'
import { readBody } from '../../domain/geometry/check.ts'
import { lintToolpath, ordinaryLimits } from '../../domain/geometry/lintToolpath.ts'
import { sliceBody } from '../../domain/geometry/slice.ts'
import type { SliceAnswer, SliceOrder } from './embedded.ts'

// Nothing is handed over for good, so the list is empty.
parentPort?.postMessage(slice(workerData), [])

function slice({ stl, profile }: SliceOrder): SliceAnswer {
  const read = readBody(stl)
  if (!read.ok) return refused(read.why)
  const sliced = sliceBody(read.body, profile)
  if (!sliced.ok) return refused(sliced.why)
  const { gcode, seconds, grams } = sliced.toolpath
  const { ok, problems } = lintToolpath(gcode, { volumeMm: profile.volumeMm, ...ordinaryLimits })
  assert(ok, `our own toolpath would harm the machine: ${JSON.stringify(problems[0])}`)
  return { ok: true, part: { toolpath: new TextEncoder().encode(gcode), seconds, grams } }
}

function refused({ code, details }: Reason): SliceAnswer {
  return { ok: false, facts: { reason: code, ...details } }
}
