// How the simulator talks: tables and sentences as lines that stay, progress as a bar that a terminal redraws.

export interface Screen {
  say: (text: string) => void
  /** How far it is: on a terminal a bar, elsewhere a line each time another quarter is done. */
  progress: (what: string) => Meter
}

export interface Meter {
  at: (done: number, expected: number) => void
  end: () => void
}

interface Output {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

export function openScreen(output: Output, nowMs: () => number = () => performance.now()): Screen {
  const say = (text: string) => void output.write(`${text}\n`)
  return { say, progress: (what) => (output.isTTY ? bar : lines)(output, what, nowMs) }
}

const redrawMs = 100

function bar(output: Output, what: string, nowMs: () => number): Meter {
  const startMs = nowMs()
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    at(done, expected) {
      const now = nowMs()
      if (now - drawnMs < redrawMs && done < expected) return
      drawnMs = now
      const share = Math.min(1, done / Math.max(1, expected))
      const drawn = '█'.repeat(Math.round(share * 24)).padEnd(24, '░')
      const left = ((now - startMs) / Math.max(1, done)) * (expected - done)
      const time = done === 0 || done >= expected ? '' : `, ${duration(left)} left`
      const line = `${what}  ${drawn}  ${done} of ${expected}${time}`
      output.write(`\r\u001B[K${line.slice(0, (output.columns ?? 80) - 1)}`)
    },
    end: () => void output.write('\r\u001B[K'),
  }
}

function lines(output: Output, what: string): Meter {
  let said = -1
  return {
    at(done, expected) {
      const quarter = Math.floor((4 * done) / Math.max(1, expected))
      if (quarter <= said) return
      said = quarter
      output.write(`${what}: ${done} of ${expected}\n`)
    },
    end: () => undefined,
  }
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 100) return `${seconds} s`
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}

/** Columns as wide as their widest cell; all but the first are figures and stand on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    widths
      .map((width, at) =>
        at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width))
  return [head, rule, ...rows].map((row) => `  ${line(row)}`).join('\n')
}
