// `npm run demo -- 1`: plays a story against the running platform, through the public API alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openClient } from './client.ts'
import { openScreen } from './show.ts'
import { play, stories, type Story } from './stories.ts'

const help = `Usage: npm run demo -- <story> [--timeout seconds]

Orders, through the API of the running platform, what a buyer in the story orders, and follows it until it is
settled. Ends with 0 when it is, with 1 when it is not, with 2 when it was called wrongly.

${Object.entries(stories)
  .map(([number, { title }]) => `  ${number}  ${title}`)
  .join('\n')}

  --timeout  gives up after so many seconds (300)
  --help     shows this

API_URL and API_KEY name a platform elsewhere; else it is the one that \`npm start\` runs from this folder.
`

const defaultTimeoutSeconds = 300
const startIt = 'Start the platform with `npm start` in another terminal, then try again.'

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args)
  if (typeof asked === 'string') return refuse(asked, 2)
  if (asked.story === null) return say(help.trimEnd())
  const signal = AbortSignal.timeout(asked.timeoutSeconds * 1000)
  try {
    const client = openClient({ ...(await runningPlatform()), signal })
    const settled = await play(asked.story, { client, screen: openScreen(process.stdout), signal })
    return settled ? 0 : 1
  } catch (error) {
    if (!signal.aborted) return refuse(error instanceof Error ? error.message : String(error), 1)
    return refuse(`the order was not settled within ${asked.timeoutSeconds} s`, 1)
  }
}

/** What is asked for; null asks for the help, a text says what is wrong. */
function readArguments(args: string[]): { story: Story | null; timeoutSeconds: number } | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { timeout: { type: 'string' }, help: { type: 'boolean' } },
    })
    const timeoutSeconds = Number(values.timeout ?? defaultTimeoutSeconds)
    if (values.help) return { story: null, timeoutSeconds }
    if (!(timeoutSeconds > 0 && timeoutSeconds < 2_000_000)) return '--timeout must be seconds'
    const numbers = Object.keys(stories).join(' or ')
    const [number, ...more] = positionals
    if (number === undefined || more.length > 0) return `name one story, ${numbers}; see --help`
    const story = Object.hasOwn(stories, number) ? stories[number] : undefined
    return story ? { story, timeoutSeconds } : `there is no story ${number}: choose ${numbers}`
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; see --help`
  }
}

/** Where the platform is and with which key: what the environment names, else what runs from this folder. */
async function runningPlatform(): Promise<{ url: string; apiKey: string }> {
  const { API_URL, API_KEY } = process.env
  const { api = 8080 } = noted<{ api?: number }>('ports.json')
  const apiKey = API_KEY ?? noted<{ apiKey?: string }>('demo.json').apiKey
  if (!apiKey) throw new Error(`nothing was ever started here. ${startIt}`)
  const url = API_URL ?? `http://127.0.0.1:${api}`
  const answer = await fetch(new URL('/readyz', url)).catch(() => null)
  if (!answer) throw new Error(`nothing answers at ${url}. ${startIt}`)
  if (!answer.ok) throw new Error(`${url} is not ready: ${await answer.text()}`)
  return { url, apiKey }
}

/** A file that the platform left in its folder; empty when there is none. */
function noted<T extends object>(name: string): Partial<T> {
  try {
    const path = join(import.meta.dirname, '..', '.fabroute', name)
    const content: Partial<T> = JSON.parse(readFileSync(path, 'utf8'))
    return content
  } catch {
    return {}
  }
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

function refuse(why: string, exitCode: number): number {
  process.stderr.write(`npm run demo: ${why}\n`)
  return exitCode
}
