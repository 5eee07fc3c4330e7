// Reads what a bench is asked on its command line: for how long, with how many clients, and its own flags.
import { parseArgs } from 'node:util'

interface Flag {
  /** What stands when the flag is not given. */
  otherwise: string | number
  about: string
}

export interface BenchOptions {
  seconds: number
  concurrency: number
  /** One of the bench's own flags. */
  text: (name: string) => string
}

/** --help, and what is not understood, end the process. */
export function benchOptions(
  about: string,
  usual: { seconds: number; concurrency: number },
  own: Readonly<Record<string, Flag>> = {},
): BenchOptions {
  const flags: Record<string, Flag> = {
    seconds: { otherwise: usual.seconds, about: 'how long is measured' },
    concurrency: { otherwise: usual.concurrency, about: 'how many clients at once' },
    ...own,
  }
  const given = valuesOf(flags, about)
  const text = (name: string) => given.get(name) ?? ''
  return {
    seconds: positive('seconds', text('seconds')),
    concurrency: Math.ceil(positive('concurrency', text('concurrency'))),
    text,
  }
}

function valuesOf(flags: Record<string, Flag>, about: string): Map<string, string> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { otherwise }]) => [
      name,
      { type: 'string' as const, default: String(otherwise) },
    ]),
  )
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
    if (values.help !== true) {
      return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]))
    }
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
  console.log(helpText(flags, about))
  return process.exit(0)
}

function helpText(flags: Record<string, Flag>, about: string): string {
  const lines = Object.entries(flags).map(
    ([name, flag]) => `  --${name.padEnd(14)}${flag.about} (${flag.otherwise})`,
  )
  return `${about}\nThe last line is one JSON object.\n\n${lines.join('\n')}`
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (number > 0 && Number.isFinite(number)) return number
  return refuse(`--${name} must be a number above 0`)
}

function refuse(why: string): never {
  console.error(`${why}; --help lists the flags`)
  process.exit(2)
}
