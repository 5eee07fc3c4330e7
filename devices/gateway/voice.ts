// How a machine speaks: its state when something changed, what it can do, and telemetry.
import { contractVersion, limits } from '../contract/limits.ts'
import type { MachineState, Telemetry } from '../contract/machine.ts'
import { topics } from '../contract/topics.ts'
import type { Link } from '../link.ts'
import type { Reading } from './drivers/driver.ts'
import type { MachineProfile } from './profile.ts'

export interface VoiceOptions {
  siteId: string
  profile: MachineProfile
  bootId: string
  link: Link
  onTrouble: (error: unknown) => void
}

/** Says how the machine stands: a state when something changed, telemetry when asked. */
export function openVoice({ siteId, profile, bootId, link, onTrouble }: VoiceOptions) {
  const { machineId } = profile
  let seq = 0
  let said = ''
  let latest: MachineState | null = null
  let preparing: { jobId: string; attempt: number } | null = null
  let lastReading: Reading | null = null

  function facts(reading: Reading | null): Omit<MachineState, 'seq' | 'atMs'> {
    lastReading = reading ?? lastReading
    const known = lastReading
    const phase = reading ? (preparing ? 'PREPARING' : reading.phase) : 'OFFLINE'
    const job = preparing ?? (known?.phase === 'IDLE' ? null : (known?.job ?? null))
    const progress = known?.job && job === known.job ? known.job.progress : null
    return {
      v: contractVersion,
      machineId,
      bootId,
      phase,
      jobId: job?.jobId ?? null,
      attempt: job?.attempt ?? null,
      progress: progress === null ? null : tenths(progress),
      plateClear: known?.plateClear ?? false,
      alerts: reading?.alerts ?? [],
    }
  }

  function state(reading: Reading | null): void {
    const now = facts(reading)
    const content = JSON.stringify(now)
    if (content === said) return
    said = content
    seq += 1
    latest = { ...now, seq, atMs: Date.now() }
    tell(content, latest).catch(onTrouble)
  }

  async function tell(content: string, message: MachineState): Promise<void> {
    const topic = topics.machine(siteId, machineId, 'state')
    const outcome = await link.publish(topic, message, { retain: true })
    // The next look says it again.
    if (outcome === 'timeout' && said === content) said = ''
  }

  return {
    state,
    /** The state as it was told last, or as it would be. */
    current: (reading: Reading | null): MachineState =>
      latest ?? { ...facts(reading), seq: 1, atMs: Date.now() },
    forget: () => (said = ''),
    preparing: (job: { jobId: string; attempt: number } | null) => {
      preparing = job
      if (job) state(lastReading)
    },
    caps: (reading: Reading | null) => {
      const caps = { ...profile.caps, materials: reading?.materials ?? profile.caps.materials }
      const message = { v: contractVersion, bootId, caps }
      void link.publish(topics.machine(siteId, machineId, 'caps'), message, { retain: true })
    },
    telemetry: (reading: Reading) => {
      const { phase, job, nozzleC, bedC } = reading
      const of = phase === 'IDLE' ? null : job
      const message: Telemetry = {
        v: contractVersion,
        bootId,
        atMs: Date.now(),
        phase,
        jobId: of?.jobId ?? null,
        attempt: of?.attempt ?? null,
        progress: of?.progress ?? null,
        remainingSeconds: of?.remainingSeconds ?? null,
        nozzleC,
        bedC,
      }
      const expirySeconds = limits.telemetryExpirySeconds
      void link.publish(topics.machine(siteId, machineId, 'tele'), message, {
        qos: 0,
        expirySeconds,
      })
    },
  }
}

function tenths(progress: number): number {
  return Math.floor(progress * 10) / 10
}
