// A sweep of simulated days over however many workers there are: round by round, each from what the last one showed.
import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { SimulatingActivities } from '../activities/simulating.ts'
import type { KnownDay, TuneTask } from '../simulations/experiments/tunePlan.ts'
import { type SweepInput, type SweepProgress, sweepProgressQuery, taskQueues } from './messages.ts'

/** CPU-bound for as long as it takes; a worker that is lost is missed after ten seconds, whatever it was at. */
const simulating = proxyActivities<SimulatingActivities>({
  taskQueue: taskQueues.simulations,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 50 },
})

/** Each carries the scenario, so that a history stays small with few of them. */
const mostPieces = 64

/** Ends with every day that the plan asked for; what they say is read by whoever asked. */
export async function sweep({ plan, known: before }: SweepInput): Promise<KnownDay[]> {
  const known = [...before]
  const progress: SweepProgress = { round: 0, rounds: 0, done: 0, expected: 0 }
  setHandler(sweepProgressQuery, () => progress, {
    description: 'The round, and how many of its days are simulated.',
  })

  for (;;) {
    const { tasks, round, rounds, left } = await simulating.planRound.executeWithOptions(
      { summary: 'Which days come next?' },
      [{ plan, known }],
    )
    if (tasks.length === 0) {
      setCurrentDetails(`**Sweep: done, ${known.length} days simulated**`)
      return known
    }
    Object.assign(progress, { round, rounds, done: 0, expected: tasks.length })
    const tell = () => setCurrentDetails(inWords(progress, left))
    tell()
    const pieces = piecesOf(tasks).map(async (piece) => {
      const summary = `Simulate ${piece.length === 1 ? 'a day' : `${piece.length} days`} in round ${round}`
      const days = await simulating.simulateDays.executeWithOptions({ summary }, [
        { plan, tasks: piece },
      ])
      known.push(...days)
      progress.done += days.length
      tell()
    })
    await Promise.all(pieces)
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof sweep>({ plan, known: known.toSorted(byPlace) })
    }
  }
}

function piecesOf(tasks: readonly TuneTask[]): TuneTask[][] {
  const length = Math.ceil(tasks.length / mostPieces)
  const count = Math.ceil(tasks.length / length)
  return Array.from({ length: count }, (_, at) => tasks.slice(at * length, (at + 1) * length))
}

function byPlace(one: TuneTask, other: TuneTask): number {
  return one.replication - other.replication || one.at - other.at
}

function inWords({ round, rounds, done, expected }: SweepProgress, left: number): string {
  const share = Math.floor((100 * done) / expected)
  return [
    `**Sweep: round ${round} of ${rounds}, ${done} of ${expected} days simulated (${share} %)**`,
    '',
    `${left} combinations are in the race. Days are spread over the workers of the task queue`,
    `\`${taskQueues.simulations}\`: start more of them and it goes faster.`,
    '',
  ].join('\n')
}
