// `npm start`: the platform on this machine, until Ctrl-C.
import { join } from 'node:path'
import { bringUp, type Plan, type Platform } from './bringUp.ts'
import { ours } from './ourProcesses.ts'
import { projectDir } from './programs.ts'
import { wrongVariables } from './startVariables.ts'

const help = `Usage: npm start [-- --fresh]

Runs the whole platform on this machine with a demo city, until Ctrl-C.

  --fresh   forgets the orders, machines and messages of earlier runs
  --help    shows this

What is given by a variable is used instead of an own one: DATABASE_URL, TEMPORAL_ADDRESS, MQTT_URL,
OSRM_URL, MAP (an .osm or .osm.pbf file), API_PORT, CARRIER_URL (with CARRIER, CARRIER_KEY and
CARRIER_SECRET). ROUTER=embedded leaves OSRM out.
DEMO_SPEED makes the demo's machines and trucks that many times faster, CARRIER_SPEED its parcels.
`

if (import.meta.main) await main(process.argv.slice(2))

async function main(flags: string[]): Promise<void> {
  const unknown = flags.find((flag) => flag !== '--fresh' && flag !== '--help')
  if (unknown !== undefined) return refuse(`unknown flag ${unknown}; --help lists them`)
  if (flags.includes('--help')) return say(help.trimEnd())
  const wrong = wrongVariables(process.env)
  if (wrong.length > 0) return refuse(wrong.join('\n'))
  await runUntilStopped({
    dir: join(projectDir, '.fabroute'),
    env: process.env,
    fresh: flags.includes('--fresh'),
    ...ours,
    log: say,
  })
}

/** Brings the plan up, says where everything is, and takes it down on Ctrl-C. */
export async function runUntilStopped(plan: Plan): Promise<void> {
  const startedAtMs = Date.now()
  const begun: Begun = { platform: null }
  stopOnSignal(begun)
  say('Starting …')
  try {
    begun.platform = await bringUp(plan)
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
    return process.exit()
  }
  say(table(begun.platform, (Date.now() - startedAtMs) / 1000))
}

interface Begun {
  platform: Platform | null
}

function table({ facts, temporal, broker, router }: Platform, seconds: number): string {
  const api = `http://127.0.0.1:${facts.ports.api}`
  const rows = [
    ['API docs', `${api}/docs`],
    ['Temporal UI', temporal.uiUrl ?? `the one of ${temporal.url}`],
    ['Inbox', `${api}/inbox`],
    ['Demo API key', facts.demo.apiKey],
    ['Broker', broker.engine === 'aedes' ? 'embedded' : (broker.engine ?? 'found by MQTT_URL')],
    ['Router', router === null ? 'embedded' : 'OSRM'],
    ['Logs', join(facts.dir, 'logs')],
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  return `\nFabroute is up after ${seconds.toFixed(1)} s\n${lines.join('\n')}\n\nCtrl-C stops it.`
}

/** The first signal stops in order, the second at once; either way nothing is left running. */
function stopOnSignal(begun: Begun): void {
  let stopping = false
  const onSignal = () => {
    if (stopping) process.exit(1)
    stopping = true
    say('\nStopping … (again to kill)')
    // What is only just starting ends with this process.
    const stopped = begun.platform?.stop() ?? Promise.resolve()
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        say(String(error))
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function refuse(why: string): void {
  process.stderr.write(`npm start: ${why}\n`)
  process.exitCode = 1
}
