// The clock of the day that is played: how its seconds lie on those of the platform, which lives in the present.

export interface DayClock {
  /** How many seconds of the day pass in one. */
  speed: number
  /** Of the day, now. */
  second: () => number
  secondAt: (atMs: number) => number
  msAt: (second: number) => number
}

export function openDayClock(
  { speed, startSecond, startMs }: { speed: number; startSecond: number; startMs: number },
  nowMs: () => number = Date.now,
): DayClock {
  const secondAt = (atMs: number) => startSecond + ((atMs - startMs) / 1_000) * speed
  return {
    speed,
    second: () => secondAt(nowMs()),
    secondAt,
    msAt: (second) => startMs + ((second - startSecond) / speed) * 1_000,
  }
}

export function timeText(second: number): string {
  return new Date(Math.max(0, second) * 1_000).toISOString().slice(11, 16)
}
