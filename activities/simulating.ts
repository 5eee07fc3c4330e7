// Simulated days as effects: many a piece, kept in heartbeats, so that a lost worker costs the days since the last one.
import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { KnownDay, Round, TunePlan, TuneTask } from '../simulations/experiments/tunePlan.ts'

export interface SimulatingDeps {
  /** Of this worker's program: another one would simulate other days. */
  program: string
  nextRound: (plan: TunePlan, known: readonly KnownDay[]) => Round
  simulate: (plan: TunePlan, task: TuneTask, signal: AbortSignal) => Promise<KnownDay>
}

export interface PlannedRound extends Omit<Round, 'left'> {
  left: number
}

export function simulatingActivities({ program, nextRound, simulate }: SimulatingDeps) {
  return {
    /** A pure function of the plan and of what is known: safe to run any number of times. */
    // oxlint-disable-next-line typescript/require-await -- An activity is a promise for its workflow.
    async planRound({ plan, known }: { plan: TunePlan; known: KnownDay[] }): Promise<PlannedRound> {
      refuseOtherProgram(plan, program)
      const { left, ...round } = nextRound(plan, known)
      return { ...round, left: left.length }
    },

    /** A day is the same wherever and however often it is simulated: a retry goes on behind the last heartbeat. */
    async simulateDays({ plan, tasks }: { plan: TunePlan; tasks: TuneTask[] }) {
      refuseOtherProgram(plan, program)
      const context = Context.current()
      const { cancellationSignal: signal } = context
      const days: KnownDay[] = [...(context.info.heartbeatDetails ?? [])]
      const beat = setInterval(() => context.heartbeat(days), beatMs)
      try {
        for (const task of tasks.slice(days.length)) {
          days.push(await simulate(plan, task, signal))
          context.heartbeat(days)
        }
        return days
      } finally {
        clearInterval(beat)
      }
    },
  }
}

export type SimulatingActivities = ReturnType<typeof simulatingActivities>

/** A day may take longer than the patience of the workflow. */
const beatMs = 2000

/** A worker of the right program takes it up; while there is none, the UI shows why it waits. */
function refuseOtherProgram(plan: TunePlan, program: string): void {
  if (plan.program === program) return
  const [wanted, own] = [plan.program, program].map((hash) => hash.slice(0, 12))
  throw ApplicationFailure.retryable(
    `this worker runs program ${own}, the sweep was started by ${wanted}`,
    'other_program',
  )
}
