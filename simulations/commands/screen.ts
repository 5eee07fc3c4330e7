// How the simulator talks: tables and sentences as lines that stay, progress as a bar that a terminal redraws.

export interface Screen {
  say: (text: string) => void
  /** How wide the terminal is; a file or a pipe takes any width. */
  columns: number
  /** How far it is: on a terminal a bar, elsewhere a line each time another quarter is done. */
  progress: (what: string) => Meter
  /** How it stands: on a terminal one line that is drawn anew, elsewhere a line every now and then. */
  status: () => Status
}

export interface Meter {
  at: (done: number, expected: number) => void
  end: () => void
}

export interface Status {
  at: (text: string) => void
  end: () => void
}

interface Output {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

/** Results go to the one output, what passes to the other: whoever pipes results away still sees how far it is. */
export function openScreen(
  output: Output,
  {
    notes = output,
    nowMs = () => performance.now(),
  }: { notes?: Output; nowMs?: () => number } = {},
): Screen {
  const columns = output.isTTY ? widthOf(output) : Number.POSITIVE_INFINITY
  return {
    say: (text) => void output.write(`${folded(text, columns)}\n`),
    columns,
    progress: (what) => (notes.isTTY ? bar : lines)(notes, what, nowMs),
    status: () => statusLine(notes, nowMs),
  }
}

/** A terminal without a window, as of a recorder or a container, says 0. */
const widthOf = ({ columns = 0 }: Output) => (columns > 0 ? columns : 80)

const redrawMs = 100
/** Where lines stay, more of them would hide what matters. */
const lineMs = 15_000

function statusLine(output: Output, nowMs: () => number): Status {
  let saidMs = Number.NEGATIVE_INFINITY
  return {
    at(text) {
      const now = nowMs()
      if (now - saidMs < (output.isTTY ? redrawMs : lineMs)) return
      saidMs = now
      const line = text.slice(0, widthOf(output) - 1)
      output.write(output.isTTY ? `\r\u001B[K${line}` : `${text}\n`)
    },
    end: () => void (output.isTTY && output.write('\r\u001B[K')),
  }
}

function bar(output: Output, what: string, nowMs: () => number): Meter {
  const startMs = nowMs()
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    at(done, expected) {
      const now = nowMs()
      if (now - drawnMs < redrawMs && done < expected) return
      drawnMs = now
      const share = Math.min(1, done / Math.max(1, expected))
      const blocks = '█'.repeat(Math.round(share * 24)).padEnd(24, '░')
      const left = ((now - startMs) / Math.max(1, done)) * (expected - done)
      const time = done === 0 || done >= expected ? '' : `, ${duration(left)} left`
      const tail = `  ${blocks}  ${done} of ${expected}${time}`
      const room = widthOf(output) - 1
      output.write(
        `\r\u001B[K${what.slice(0, Math.max(8, room - tail.length))}${tail}`.slice(0, room + 4),
      )
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

/** Breaks lines that are too long between words; what goes on stands below the text of its line. */
function folded(text: string, columns: number): string {
  if (!Number.isFinite(columns)) return text
  return text
    .split('\n')
    .flatMap((line) => (line.length < columns ? [line] : foldedLine(line, columns - 1)))
    .join('\n')
}

function foldedLine(line: string, width: number): string[] {
  const [begin = ''] = /^ *(?:\S.{0,24}? {2,})?/.exec(line) ?? []
  const indent = ' '.repeat(begin.trim() === '' ? begin.length + 2 : begin.length)
  const found = [begin]
  for (const word of line.slice(begin.length).split(' ')) {
    const last = found.at(-1)!
    const joined = last.trim() === '' || last === begin ? `${last}${word}` : `${last} ${word}`
    if (joined.length <= width || last.trim() === '') found[found.length - 1] = joined
    else found.push(`${indent}${word}`)
  }
  return found
}

/**
 * Columns as wide as their widest cell; all but the first are figures and stand on the right. Where that is too wide
 * heads take several lines, and then the first column lines of its own.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  const wide = widthsOf(head, rows)
  if (span(wide) < columns) return drawn([head], rows, wide)
  const stacked = head.map((name, at) => stackedHead(name, cellWidth(rows, at)))
  const depth = Math.max(...stacked.map(({ length }) => length))
  const heads = Array.from({ length: depth }, (_, line) =>
    stacked.map((words) => words[line - depth + words.length] ?? ''),
  )
  const narrow = head.map((_, at) => Math.max(...widthsAt(heads, at), cellWidth(rows, at)))
  if (span(narrow) < columns) return drawn(heads, rows, narrow)
  const [, ...others] = narrow
  const figures = drawn(
    heads.map((cells) => cells.with(0, '')),
    rows.map((cells) => cells.with(0, '')),
    [0, ...others],
  ).split('\n')
  return [
    ...figures.slice(0, depth + 1),
    ...rows.flatMap(([name = ''], at) => [`  ${name.trimEnd()}`, figures[depth + 1 + at] ?? '']),
  ].join('\n')
}

const span = (widths: readonly number[]) => 2 + widths.reduce((sum, width) => sum + width + 2, -2)
const cellWidth = (rows: readonly (readonly string[])[], at: number) =>
  Math.max(0, ...widthsAt(rows, at))
const widthsAt = (rows: readonly (readonly string[])[], at: number) =>
  rows.map((row) => row[at]?.length ?? 0)

function widthsOf(head: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return head.map((name, at) => Math.max(name.length, cellWidth(rows, at)))
}

/** The words of a head in as few lines as the width of its cells leaves room for. */
function stackedHead(name: string, width: number): string[] {
  const words = name.split(' ')
  const room = Math.max(width, ...words.map(({ length }) => length))
  const found: string[] = []
  for (const word of words) {
    const joined = [...found.slice(-1), word].join(' ')
    if (found.length > 0 && joined.length <= room) found[found.length - 1] = joined
    else found.push(word)
  }
  return found
}

function drawn(
  heads: readonly (readonly string[])[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): string {
  const line = (row: readonly string[]) =>
    widths
      .map((width, at) =>
        at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width))
  return [...heads, rule, ...rows].map((row) => `  ${line(row)}`).join('\n')
}
