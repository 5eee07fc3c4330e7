// A whole platform in a folder of its own for live runs, and how the command is called on it.
import { Pool, type QueryResultRow } from 'pg'
import { bringUp, type Platform } from '../../../infra/bringUp.ts'
import { ours } from '../../../infra/ourProcesses.ts'
import { plantContext } from '../../../simulations/commands/plantContext.ts'
import { openScreen } from '../../../simulations/commands/screen.ts'
import { simulate } from '../../../simulations/main.ts'
import { testDir } from '../../support/platform.ts'
import { retainedAt } from '../../support/retained.ts'

export interface Stand {
  env: Record<string, string | undefined>
  sql: <T extends QueryResultRow>(text: string) => Promise<T[]>
  /** The topics of which the broker keeps something. */
  retained: () => Promise<string[]>
  close: () => Promise<void>
}

export async function openStand(): Promise<Stand> {
  const dir = testDir('live')
  const env = { PATH: process.env['PATH'], ROUTER: 'embedded' }

  const platform = await bringUp({
    dir,
    env,
    fresh: true,
    ...ours,
    log: () => {},
  })
  const { settings } = platform.facts
  const database = new Pool({ connectionString: settings.databaseUrl, max: 2 })
  return {
    env: environmentOf(platform),
    sql: async <T extends QueryResultRow>(text: string) => (await database.query<T>(text)).rows,
    retained: async () => await retainedAt(settings.mqttUrl),
    async close() {
      await database.end()
      await platform.stop()
    },
  }
}

function environmentOf({ facts: { settings, ports } }: Platform): Stand['env'] {
  return {
    API_URL: `http://127.0.0.1:${ports.api}`,
    DATABASE_URL: settings.databaseUrl,
    MQTT_URL: settings.mqttUrl,
    TEMPORAL_ADDRESS: settings.temporalAddress,
    MAP: settings.map,
  }
}

export interface Called {
  code: number
  out: string
  complaint: string
}

/** As a planner calls it in a terminal. */
export async function called(
  args: string[],
  env: Stand['env'],
  { signal = new AbortController().signal, onOutput = (_text: string) => {} } = {},
): Promise<Called> {
  const out: string[] = []
  const complaints: string[] = []
  const write = (text: string) => {
    out.push(text)
    onOutput(text)
  }
  const context = {
    screen: openScreen({ write, isTTY: true, columns: 200 }),
    signal,
    env,
    ...plantContext,
  }
  const code = await simulate(args, context, (text) => complaints.push(text))
  return { code, out: out.join(''), complaint: complaints.join('\n') }
}
