// A storefront as it should be written: every order under one Idempotency-Key until it has an answer, and buyers
// who fetch what lies in a locker.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { City } from './city.ts'

export interface Wish {
  itemId: string
  scale: number
  method: 'pickup' | 'truck' | 'carrier'
  home: { lon: number; lat: number }
}

export interface Answer {
  call: string
  status: number
  code: string | null
}

export interface Storefront {
  /** Answers the id of the order, whatever happens to the platform meanwhile. */
  order: (wish: Wish) => Promise<string>
  /** One call, once. */
  send: (method: string, path: string, body?: object, key?: string) => Promise<Answered>
  /** An offer that can be ordered. */
  offer: (wish: Wish) => Promise<string>
  /** Every answer that any call had, the refused ones too. */
  answers: readonly Answer[]
  close: () => Promise<void>
}

interface Answered extends Answer {
  body: Record<string, unknown>
}

interface Offered {
  offers?: { id: string }[]
}

/** The platform was away for longer than an offer is held; or PostgreSQL died with a quote that was not on disk yet. */
export const staleOffer = new Set(['offer_expired'])

const giveUpMs = 120_000
const pauseMs = 250

export function openStorefront(city: City): Storefront {
  const answers: Answer[] = []
  const closing = new AbortController()
  const buyers = collect(city, send, closing.signal)

  async function send(method: string, path: string, body?: object, key: string = randomUUID()) {
    const response = await fetch(new URL(path, city.apiUrl), {
      method,
      headers: {
        Authorization: `Bearer ${city.apiKey}`,
        ...(body ? { 'Content-Type': 'application/json', 'Idempotency-Key': key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    })
    const answered: Record<string, unknown> = JSON.parse(await response.text())
    const { code = null } = answered as { code?: string | null }
    const answer = { call: `${method} ${path}`, status: response.status, code }
    answers.push(answer)
    return { ...answer, body: answered }
  }

  /** Again under the same key while nobody knows what became of it, or while it is said to pass. */
  async function insist(path: string, body: object): Promise<Answered> {
    const key = randomUUID()
    const untilMs = Date.now() + giveUpMs
    for (;;) {
      const answer = await send('POST', path, body, key).catch(() => null)
      if (answer && answer.body['retryable'] !== true) return answer
      if (Date.now() > untilMs) throw new Error(`${path} had no answer within ${giveUpMs} ms`)
      await sleep(pauseMs)
    }
  }

  async function offer({ itemId, scale, method, home }: Wish): Promise<string> {
    for (;;) {
      const { body } = await insist('/v1/quotes', {
        buyer: { name: 'Marge Bouvier', email: `marge.${randomUUID().slice(0, 8)}@example.com` },
        destination: home,
        lines: [{ item_id: itemId, quantity: 1, customization: { scale } }],
        preferences: { methods: [method], max_pickup_miles: 1.5 },
        hold_seconds: 60,
      })
      const { offers }: Offered = body
      if (!offers) throw new Error(`no quote: ${JSON.stringify(body)}`)
      if (offers[0]) return offers[0].id
      await sleep(pauseMs)
    }
  }

  async function order(wish: Wish): Promise<string> {
    for (;;) {
      const { status, code, body } = await insist('/v1/orders', {
        offers: [await offer(wish)],
        payment_method: { kind: 'card', token: 'tok_visa' },
      })
      if (status === 201) return String(body['id'])
      if (!staleOffer.has(code ?? '')) throw new Error(`no order: ${JSON.stringify(body)}`)
    }
  }

  return {
    order,
    send,
    offer,
    answers,
    close: async () => {
      closing.abort()
      await buyers
    },
  }
}

interface Waiting {
  fulfilmentId: string
  siteId: string
  text: string
}

/** Each buyer who has a mail with a code goes to the lockers, and comes again when they did not open. */
async function collect(
  { rows }: City,
  send: Storefront['send'],
  closing: AbortSignal,
): Promise<void> {
  const cameAtMs = new Map<string, number>()
  while (!closing.aborted) {
    const ready = await rows<Waiting>(
      `select u.id as "fulfilmentId", u.site_id as "siteId", m.text
       from fulfilment u join inbox_mail m on m.text like '%Access code: %' and m.text like '%' || u.order_id || '%'
       where u.state = 'ready_for_pickup'`,
    ).catch(() => [])
    for (const { fulfilmentId, siteId, text } of ready) {
      const code = /Access code: (\d+)/.exec(text)?.[1]
      if (Date.now() - (cameAtMs.get(fulfilmentId) ?? 0) < comesAgainMs || code === undefined)
        continue
      cameAtMs.set(fulfilmentId, Date.now())
      const entered = await send('POST', `/v1/test/lockers/${siteId}/enter_code`, { code }).catch(
        () => null,
      )
      if (entered?.status !== 200) cameAtMs.delete(fulfilmentId)
    }
    await sleep(pauseMs)
  }
}

const comesAgainMs = 10_000
