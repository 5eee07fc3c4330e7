// A small client of the public API, as a storefront would write one: JSON calls, and an order's events as they happen.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Money {
  amount: string
  currency: string
}

export interface Place {
  lon: number
  lat: number
}

export interface Item {
  id: string
  title: string
  description: string
  making_minutes: number
  price: Money
}

export interface Offer {
  id: string
  method: string
  site_id: string
  machine_id: string
  vehicle_id: string | null
  total: Money
  promise: { ready_at: string; p50_at: string; p95_at: string }
}

export interface Quote {
  id: string
  destination: { label: string | null; place: Place } | null
  offers: Offer[]
  why_not: { method: string; code: string; details: Record<string, string | number | boolean> }[]
  decisions?: { chosen: string | null; candidates: Candidate[] }[]
}

export interface Candidate {
  id: string
  terms: Record<string, number>
  reason: string | null
  details: Record<string, string | number | boolean>
}

export interface Job {
  id: string
  state: string
  attempt: number
  machine_id: string | null
  progress: number
}

export interface Fulfilment {
  id: string
  method: string
  state: string
  site_id: string
  vehicle_id: string | null
  /** Where a carrier brings it. */
  shipment: { id: string; tracking_number: string; service: string; state: string } | null
  jobs: Job[]
}

export interface Order {
  id: string
  status: string
  hold_reason: string | null
  total: Money
  fulfilments: Fulfilment[]
}

export interface Vehicle {
  id: string
  name: string
  place: Place
  stop_count: number
}

export interface OrderEvent {
  type: string
  timestamp: string
  sequence: number
  data: Record<string, unknown>
}

export interface LedgerTransaction {
  description: string
  postings: { book: string; account: string; unit: string; amount: string }[]
}

interface Problem {
  code: string
  title: string
  detail: string
  errors?: { param: string; message: string }[]
}

/** A call that was refused, in the words of the API. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(what: string, status: number, problem: Partial<Problem>) {
    const where =
      problem.errors?.map(({ param, message }) => ` ${param} ${message}`).join(';') ?? ''
    super(`${what}: ${problem.detail ?? `status ${status}`}${where}`)
    this.status = status
    this.code = problem.code ?? 'unknown'
  }
}

export type Client = ReturnType<typeof openClient>

const pauseMs = 500

export interface Access {
  url: string
  apiKey: string
  /** Ends every call. */
  signal: AbortSignal
}

interface Sent {
  headers?: Record<string, string>
  body?: string
}

export function openClient({ url, apiKey, signal }: Access) {
  const headers = { Authorization: `Bearer ${apiKey}` }

  async function call<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const answer = await fetch(new URL(path, url), {
      ...sent,
      method,
      signal,
      headers: { ...headers, ...sent.headers },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Refused(`${method} ${path}`, answer.status, problemIn(text))
    const value: T = JSON.parse(text === '' ? 'null' : text)
    return value
  }

  return {
    get: <T>(path: string) => call<T>('GET', path),
    /** Under its own key it has its effect once; who says it again names the key. */
    post: <T>(path: string, body: unknown, key: string = randomUUID()) =>
      call<T>('POST', path, {
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify(body),
      }),

    /** What buyers were told, as the page of the inbox shows it, the oldest first. */
    async inbox(): Promise<Mail[]> {
      const answer = await fetch(new URL('/inbox', url), { signal })
      return answer.ok ? mailsIn(await answer.text()) : []
    },

    /** An order's events from the first to the last, over as many connections as it takes. */
    async *events(orderId: string, until: AbortSignal): AsyncGenerator<OrderEvent> {
      let last = 0
      for (;;) {
        const answer = await fetch(new URL(`/v1/orders/${orderId}/events`, url), {
          headers: { ...headers, Accept: 'text/event-stream', 'Last-Event-ID': String(last) },
          signal: until,
        }).catch(() => null)
        until.throwIfAborted()
        if (answer?.status === 204) return // the order has ended and all is told
        if (answer?.ok && answer.body) {
          for await (const event of eventsIn(answer.body)) {
            last = event.sequence
            yield event
          }
        } else if (answer && answer.status < 500) {
          throw new Refused(
            `GET events of ${orderId}`,
            answer.status,
            problemIn(await answer.text()),
          )
        }
        await sleep(pauseMs, undefined, { signal: until })
      }
    },
  }
}

/** Server-sent events as this API sends them: one line of data each. A connection that breaks ends the list. */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<OrderEvent> {
  let rest = ''
  try {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = block.split('\n').find((line) => line.startsWith('data: '))
        if (!data) continue
        const event: OrderEvent = JSON.parse(data.slice('data: '.length))
        yield event
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
  }
}

export interface Mail {
  subject: string
  text: string
}

export function mailsIn(page: string): Mail[] {
  const articles = page.matchAll(/<article>\s*<h2>(.*?)<\/h2>[\s\S]*?<pre>([\s\S]*?)<\/pre>/g)
  const mails = [...articles].map(([, subject = '', text = '']) => {
    return { subject: unescaped(subject), text: unescaped(text) }
  })
  return mails.toReversed()
}

function unescaped(html: string): string {
  const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
  return html.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => signs[name] ?? '')
}

function problemIn(text: string): Partial<Problem> {
  try {
    const problem: Partial<Problem> = JSON.parse(text)
    return problem
  } catch {
    return {}
  }
}
