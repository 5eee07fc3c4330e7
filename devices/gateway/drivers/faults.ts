// Faults on demand, which virtual drivers alone listen to; not part of the contract, and no real machine takes them.
import { createHash } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { one } from '../../contract/read.ts'
import { Progress, strict } from '../../contract/parts.ts'
import type { FaultChances } from '../profile.ts'

export const Fault = strict({
  fault: Type.Union([
    // Of machines: the next job is not taken,
    Type.Literal('refuse'),
    // the print fails at atProgress,
    Type.Literal('fail'),
    // stands still from atProgress on,
    Type.Literal('stall'),
    // the machine does not answer for so many seconds,
    Type.Literal('vanish'),
    // the print is lost, and what there is of it stays on the plate,
    Type.Literal('power_cycle'),
    // or it reports more progress than there is.
    Type.Literal('lie'),
    // Of vehicles; not_met: nobody takes the next hand-over.
    Type.Literal('out_of_service'),
    Type.Literal('in_service'),
    Type.Literal('not_met'),
  ]),
  atProgress: Type.Optional(Progress),
  seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
})
export type Fault = Static<typeof Fault>

export const readFault = one(Fault)

/** The fault that the seed has for an attempt of a job: the same each time, so that a run can be repeated. */
export function faultBySeed(
  seed: number,
  chances: FaultChances,
  jobId: string,
  attempt: number,
): Fault | null {
  const hash = createHash('sha256').update(`${seed}/${jobId}/${attempt}`).digest()
  const atProgress = hash.readUInt16BE(4) / 0x1_0000
  let draw = hash.readUInt32BE(0) / 0x1_0000_0000
  const table = [
    ['refuse', chances.refuse],
    ['fail', chances.fail],
    ['stall', chances.stall],
    ['power_cycle', chances.powerCycle],
  ] as const
  for (const [fault, chance = 0] of table) {
    if (draw < chance) return { v: 1, fault, atProgress }
    draw -= chance
  }
  return null
}
