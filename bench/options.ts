// Reads what a bench is asked on its command line: for how long, with how many clients, and its own flags.
import { parseArgs } from 'node:util'

export interface Flag {
  /** What stands when the flag is not given. */
  otherwise: string
  about: string
}

/** Numbers for the two flags that every bench has, texts for the others; --help ends the process. */
export function benchOptions<Name extends string = never>(
  about: string,
  { seconds, concurrency }: { seconds: number; concurrency: number },
  own: Readonly<Record<Name, Flag>> = {} as Record<Name, Flag>,
): { seconds: number; concurrency: number } & Record<Name, string> {
  const flags: Record<string, Flag> = {
    seconds: { otherwise: String(seconds), about: 'how long is measured' },
    concurrency: { otherwise: String(concurrency), about: 'how many clients at once' },
    ...own,
  }
  const given = valuesOf(flags, about)
  return {
    ...given,
    seconds: positive('seconds', given['seconds']),
    concurrency: Math.ceil(positive('concurrency', given['concurrency'])),
  } as { seconds: number; concurrency: number } & Record<Name, string>
}

function valuesOf(flags: Record<string, Flag>, about: string): Record<string, string> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { otherwise }]) => [
      name,
      { type: 'string' as const, default: otherwise },
    ]),
  )
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
    if (values.help !== true) return values as Record<string, string>
    console.log(helpText(flags, about))
    return process.exit(0)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function helpText(flags: Record<string, Flag>, about: string): string {
  const lines = Object.entries(flags).map(
    ([name, flag]) => `  --${name.padEnd(14)}${flag.about} (${flag.otherwise})`,
  )
  return `${about}\nThe last line is one JSON object.\n\n${lines.join('\n')}`
}

function positive(name: string, text: string | undefined): number {
  const number = Number(text)
  return number > 0 && Number.isFinite(number)
    ? number
    : refuse(`--${name} must be a number above 0`)
}

function refuse(why: string): never {
  console.error(`${why}; --help lists the flags`)
  process.exit(2)
}
