// What the benches' clients have in common: calls of the API over kept connections, and clients side by side.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'

export interface Caller {
  /** Posts with a key of its own; anything but 201 is an error. */
  post: <T>(path: string, body: object) => Promise<T>
  close: () => void
}

export function openCaller(url: string, apiKey: string, connections: number): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    async post<T>(path: string, body: object): Promise<T> {
      const text = JSON.stringify(body)
      const call = request(url + path, {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'idempotency-key': randomUUID(),
        },
      })
      call.end(text)
      const [response]: IncomingMessage[] = await once(call, 'response')
      if (!response) throw new Error(`${path} was not answered`)
      const answer = await textOf(response)
      if (response.statusCode !== 201) {
        throw new Error(`${path} was answered with ${response.statusCode}: ${answer}`)
      }
      const value: T = JSON.parse(answer)
      return value
    },
    close: () => agent.destroy(),
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

/** Does one thing once and answers how many milliseconds it took. */
export type Doing = () => Promise<number>

/** Each client begins anew as long as there is time; what has begun is waited for, and counts. */
export async function sideBySide(clients: number, seconds: number, doing: Doing) {
  const startMs = performance.now()
  const timesMs: number[] = []
  const client = async () => {
    while (performance.now() < startMs + seconds * 1000) timesMs.push(await doing())
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { timesMs, elapsedSeconds: (performance.now() - startMs) / 1000 }
}
