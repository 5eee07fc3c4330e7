// What there is to say of a job, from how it stands: each milestone has a key and is said once,
// however often one looks.
import type { MachineEvent } from '../contract/machine.ts'
import type { JobReading } from './drivers/driver.ts'

type Bare<E> = E extends unknown ? Omit<E, 'v' | 'bootId' | 'evtSeq'> : never
export type Milestone = { key: string } & Bare<MachineEvent>

/** All that has happened until now, in order; also what nobody saw because the gateway was not there. */
export function milestonesOf(job: JobReading): Milestone[] {
  const { jobId, attempt, startedAtMs, ended, progress } = job
  const nowMs = Date.now()
  const keyed = (type: string) => ({ key: `${jobId}/${attempt}/${type}`, jobId, attempt })
  const said: Milestone[] = [{ ...keyed('prepared'), type: 'prepared', atMs: startedAtMs ?? nowMs }]
  if (startedAtMs !== null) {
    said.push({ ...keyed('started'), type: 'started', atMs: startedAtMs })
    const tenths = Math.floor(progress * 10)
    if (!ended && tenths > 0) {
      said.push({ ...keyed(`progress-${tenths}`), type: 'progress', atMs: nowMs, progress })
    }
  }
  return ended ? [...said, ...ending(job, ended, keyed)] : said
}

function ending(
  job: JobReading,
  ended: NonNullable<JobReading['ended']>,
  keyed: (type: string) => { key: string; jobId: string; attempt: number },
): Milestone[] {
  const { printedSeconds, grams, plateClearedAtMs, progress } = job
  const { type, code, atMs } = ended
  if (type === 'refused') return [{ ...keyed(type), type, atMs, code }]
  if (type !== 'finished') return [{ ...keyed(type), type, atMs, code, progress }]
  const made = { printedSeconds, grams, finishedAtMs: atMs }
  const finished: Milestone = { ...keyed('finished'), type: 'finished', atMs, ...made }
  if (plateClearedAtMs === null) return [finished]
  const harvested: Milestone = {
    ...keyed('harvested'),
    type: 'harvested',
    atMs: plateClearedAtMs,
    ...made,
    harvestedAtMs: plateClearedAtMs,
  }
  return [finished, harvested]
}
