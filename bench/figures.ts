// Sums up what was measured: shares of latencies, and the CPU that each process took.
import { readdirSync, readFileSync } from 'node:fs'

export interface Latencies {
  p50Ms: number
  p95Ms: number
}

export function latenciesOf(timesMs: readonly number[]): Latencies {
  const sorted = timesMs.toSorted((a, b) => a - b)
  const at = (share: number) => rounded(sorted[Math.floor(sorted.length * share)] ?? 0, 2)
  return { p50Ms: at(0.5), p95Ms: at(0.95) }
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}

/** Seconds of CPU of a process and of what it started, so far; 0 where the system does not tell. */
export function cpuSecondsOf(pid: number): number {
  if (pid === 0) return 0
  const all = processes()
  const family = [pid]
  for (const id of family) {
    family.push(...all.filter(({ parent }) => parent === id).map((child) => child.pid))
  }
  const ticks = all
    .filter((one) => family.includes(one.pid))
    .reduce((sum, one) => sum + one.ticks, 0)
  return ticks / ticksPerSecond
}

/** As Linux counts on every machine. */
const ticksPerSecond = 100

function processes(): { pid: number; parent: number; ticks: number }[] {
  return pids().flatMap((pid) => {
    try {
      // The name may hold anything; what follows its last bracket are plain fields.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)?.trim().split(' ')
      const [parent, ...own] = [1, 11, 12, 13, 14].map((nth) => Number(fields?.[nth]))
      return [{ pid, parent: parent ?? 0, ticks: own.reduce((sum, ticks) => sum + ticks, 0) }]
    } catch {
      return [] // it has just ended
    }
  })
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}
