// The clients of the quotes bench: each asks for a quote, waits for its answer, and asks again.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'

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
  latenciesMs: number[]
  elapsedSeconds: number
  offers: number
}

const items = ['itm_gear_blank', 'itm_wall_hook', 'itm_phone_cover']

const [task] = (await once(process, 'message')) as [ClientsTask]
process.send?.(await asked(task))
process.disconnect()

async function asked(given: ClientsTask): Promise<ClientsAnswer> {
  const { url, apiKey, holdSeconds, seconds, concurrency } = given
  const houses = (await readOsm(given.mapPath)).addresses
  const random = seededRandom(742)
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const any = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const latenciesMs: number[] = []
  let offers = 0
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  const client = async () => {
    while (performance.now() < endMs) {
      const { number, street } = any(houses)
      const body = JSON.stringify({
        destination: { address: `${number} ${street}` },
        lines: [{ item_id: any(items), quantity: 1 }],
        hold_seconds: holdSeconds,
      })
      const beganMs = performance.now()
      const { status, text } = await post(agent, `${url}/v1/quotes`, apiKey, body)
      latenciesMs.push(performance.now() - beganMs)
      if (status !== 201) throw new Error(`A quote was answered with ${status}: ${text}`)
      const quote: { offers: unknown[] } = JSON.parse(text)
      offers += quote.offers.length
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  agent.destroy()
  return { latenciesMs, elapsedSeconds: (performance.now() - startMs) / 1000, offers }
}

async function post(agent: Agent, url: string, apiKey: string, body: string) {
  const call = request(url, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': randomUUID(),
    },
  })
  call.end(body)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode ?? 0, text }
}
