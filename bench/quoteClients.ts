// The clients of the quotes bench, in a process of their own: each asks for a quote, waits for its answer, asks again.
import { once } from 'node:events'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'
import { openCaller, sideBySide } from './clients.ts'

export interface ClientsTask {
  url: string
  apiKey: string
  /** From where the buyers' addresses are taken. */
  mapPath: string
  holdSeconds: number
  seconds: number
  concurrency: number
}

export interface ClientsAnswer {
  timesMs: number[]
  elapsedSeconds: number
  offers: number
}

const items = ['itm_gear_blank', 'itm_wall_hook', 'itm_phone_cover']

const [task]: ClientsTask[] = await once(process, 'message')
if (task) process.send?.(await answered(task))
process.disconnect()

async function answered(given: ClientsTask): Promise<ClientsAnswer> {
  const { url, apiKey, mapPath, holdSeconds, seconds, concurrency } = given
  const houses = (await readOsm(mapPath)).addresses
  const random = seededRandom(742)
  const any = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const caller = openCaller(url, apiKey, concurrency)
  let offers = 0
  const measured = await sideBySide(concurrency, seconds, async () => {
    const { number, street } = any(houses)
    const beganMs = performance.now()
    const quote = await caller.post<{ offers: unknown[] }>('/v1/quotes', {
      destination: { address: `${number} ${street}` },
      lines: [{ item_id: any(items), quantity: 1 }],
      hold_seconds: holdSeconds,
    })
    offers += quote.offers.length
    return performance.now() - beganMs
  })
  caller.close()
  return { ...measured, offers }
}
