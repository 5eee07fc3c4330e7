// A buyer at a storefront: asks for offers, orders one, reads the mail, goes to the lockers.
import { randomInt } from 'node:crypto'
import type {
  Candidate,
  LedgerTransaction,
  Mail,
  Offer,
  Order,
  OrderEvent,
  Quote,
} from '../../demo/client.ts'
import { sumsByUnit } from '../../demo/show.ts'
import { until } from '../support/until.ts'
import { town } from './town.ts'

/** Whatever only the buyer, the door and the payment provider may know; histories and logs are searched for it. */
export const secrets = new Set<string>()

export interface Wish {
  item: string
  method: 'pickup' | 'truck' | 'carrier'
  /** The site or the truck that is to make it; any when none is named. */
  from?: string
  token?: string
  /** What the storefront calls the order. */
  reference?: string
}

export interface Asked {
  quote: Quote
  offer: Offer
}

const address = '742 Evergreen Terrace'

export async function ask({ item, method, from }: Wish): Promise<Asked> {
  const nth = randomInt(1e9)
  const buyer = { name: `Edna Krabappel-${nth}`, email: `edna.${nth}@example.com` }
  for (const secret of [buyer.name, buyer.email, address]) secrets.add(secret)
  const quote = await town().shop.post<Quote>('/v1/quotes?expand[]=decisions', {
    buyer,
    destination: { address },
    lines: [{ item_id: item, quantity: 1 }],
    preferences: { methods: [method] },
  })
  const offer = quote.offers.find((each) => (from ? makes(each, from) : isPreferred(each, quote)))
  if (!offer) throw new Error(`no offer from ${from}: ${JSON.stringify(quote.why_not)}`)
  return { quote, offer }
}

export async function order(wish: Wish): Promise<Order> {
  return await place(await ask(wish), wish)
}

export async function place(
  { offer }: Asked,
  { token = 'tok_visa', reference }: Pick<Wish, 'token' | 'reference'> = {},
): Promise<Order> {
  secrets.add(token)
  return await town().shop.post<Order>('/v1/orders', {
    offers: [offer.id],
    payment_method: { kind: 'card', token },
    ...(reference === undefined ? {} : { reference }),
  })
}

const makes = (offer: Offer, from: string) => [offer.site_id, offer.vehicle_id].includes(from)

function isPreferred(offer: Offer, { decisions = [] }: Quote): boolean {
  const id = `${offer.method}/${offer.vehicle_id ?? offer.site_id}`
  const candidates = decisions.flatMap((decision) => decision.candidates)
  return candidates.some((one) => one.id === id && one.details['preferred'] === true)
}

/** The order with everything that hangs on it. */
export interface WholeOrder extends Order {
  decisions: { kind: string; chosen: string | null; candidates: Candidate[] }[]
  payments: { state: string }[]
  allowed_actions: string[]
}

export async function read(orderId: string): Promise<WholeOrder> {
  const names = ['fulfilments.jobs', 'payments', 'decisions']
  const query = names.map((name) => `expand[]=${name}`).join('&')
  return await town().shop.get<WholeOrder>(`/v1/orders/${orderId}?${query}`)
}

/** Waits for an order to have a status, or for whatever is asked of it. */
export async function when(
  { id }: Order,
  wanted: string | ((order: WholeOrder) => boolean),
): Promise<WholeOrder> {
  const holds = typeof wanted === 'string' ? statusIs(wanted) : wanted
  let seen: WholeOrder | undefined
  const look = async () => {
    seen = await read(id)
    return holds(seen) ? seen : null
  }
  try {
    return await until(look, { timeoutMs: 90_000, everyMs: 100, what: `${id}: ${String(wanted)}` })
  } catch (error) {
    throw new Error(`${String(error)}; it is ${seen?.status} (${seen?.hold_reason})`, {
      cause: error,
    })
  }
}

const statusIs = (wanted: string) => (seen: WholeOrder) => seen.status === wanted

export const eventsOf = async ({ id }: Order): Promise<OrderEvent[]> =>
  (await town().shop.get<{ data: OrderEvent[] }>(`/v1/orders/${id}/events?limit=100`)).data

/** The mail of an order whose subject begins so. */
export async function mail({ id }: Order, subject: string): Promise<Mail> {
  const find = async () =>
    (await town().shop.inbox()).find(
      (each) => each.subject.startsWith(subject) && each.text.includes(id),
    )
  return await until(find, { everyMs: 100, timeoutMs: 90_000, what: `${id}: mail "${subject}"` })
}

export async function accessCode(ordered: Order): Promise<string> {
  const { text } = await mail(ordered, 'Ready for pick-up')
  const code = /Access code: (\d+)/.exec(text)?.[1]
  if (!code) throw new Error(`there is no code in: ${text}`)
  secrets.add(code)
  return code
}

export async function enter(
  { fulfilments: [fulfilment] }: WholeOrder,
  code: string,
): Promise<{ accepted: boolean; code?: string }> {
  return await town().shop.post(`/v1/test/lockers/${fulfilment!.site_id}/enter_code`, { code })
}

/** Takes the part out of the locker with the code of the mail; the order is settled then. */
export async function collect(ordered: Order): Promise<WholeOrder> {
  const code = await accessCode(ordered)
  await enter(await read(ordered.id), code)
  return await when(ordered, 'settled')
}

/** What the order's postings leave on each account, without those that they leave empty. */
export async function balances({ id }: Order): Promise<Record<string, bigint>> {
  const sums = new Map<string, bigint>()
  for (const { postings } of await transactions(id)) {
    for (const { account, amount } of postings) {
      const name = account.replace(id, 'this')
      sums.set(name, (sums.get(name) ?? 0n) + BigInt(amount))
    }
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0n))
}

/** By currency and licence: zero for each, or the ledger is wrong. */
export const sumsOf = async ({ id }: Order): Promise<Record<string, bigint>> =>
  Object.fromEntries(sumsByUnit(await transactions(id)))

async function transactions(orderId: string): Promise<LedgerTransaction[]> {
  const path = `/v1/ledger_transactions?order_id=${orderId}`
  return (await town().shop.get<{ data: LedgerTransaction[] }>(path)).data
}

/** Again where the device was not there to hear it: said twice, it is the same fault. */
export async function provoke(
  kind: 'machines' | 'vehicles',
  id: string,
  fault: { fault: string; at_progress?: number; seconds?: number },
): Promise<void> {
  const said = async () => {
    const path = `/v1/test/${kind}/${id}/faults`
    return (await town().shop.post<{ accepted: boolean }>(path, fault)).accepted
  }
  await until(said, { everyMs: 250, what: `${id} hears of ${fault.fault}` })
}
