// The stories that the demo plays: what the buyer wants and how, and what the buyer does when a mail comes.
import { randomUUID } from 'node:crypto'
import type { Candidate, Client, Item, LedgerTransaction, Mail, Offer, Order } from './client.ts'
import type { Quote, Vehicle } from './client.ts'
import { follow } from './follow.ts'
import { ledgerTable, type NameOf, offersTable, price, type Screen, sumsByUnit } from './show.ts'
import { whyNotTable } from './show.ts'

export interface Story {
  title: string
  told: string
  search: string
  method: 'pickup' | 'truck'
}

export const stories: Readonly<Record<string, Story>> = {
  1: {
    title: 'Faucet handle',
    told:
      'A buyer orders a faucet handle for pick-up. The model lies on the vendor’s own server; it is fetched,\n' +
      'sliced and made at a bank of lockers while the buyer drives there.',
    search: 'faucet handle',
    method: 'pickup',
  },
  2: {
    title: '742 Evergreen Terrace',
    told:
      'A buyer wants a wall hook at the door. Three trucks with machines on board are driving their routes; one\n' +
      'of them takes the stop and makes the hook on the way.',
    search: 'wall hook',
    method: 'truck',
  },
}

export interface Stage {
  client: Client
  screen: Screen
  signal: AbortSignal
}

const address = '742 Evergreen Terrace'

/** Plays a story to the end of its order; true when it is settled and its postings sum to zero. */
export async function play(story: Story, stage: Stage): Promise<boolean> {
  const { client, screen, signal } = stage
  screen.say(`${story.title}\n${story.told}\n`)
  const nameOf = await namesOf(client)
  const item = await find(client, story.search)
  screen.say(`Item     ${item.title}, ${price(item.price)}, ${item.making_minutes} min to make`)
  const quote = await ask(client, item, story)
  screen.say(`Quote    ${quote.id} to ${quote.destination?.label ?? 'the buyer'}\n`)
  const offer = preferredOf(quote)
  screen.say(`${offersTable(quote, offer, nameOf, Date.now())}\n`)
  if (quote.why_not.length > 0) screen.say(`${whyNotTable(quote, nameOf)}\n`)
  if (!offer)
    throw new Error('nothing is offered just now: capacity is taken, try again in a while')
  const order = await place(client, offer)
  screen.say(`Order    ${order.id} over ${price(order.total)}\n`)
  const home = quote.destination?.place ?? null
  const onMail = buyersAnswer(stage)
  const following = { client, screen, signal, nameOf, orderId: order.id, home, onMail }
  const ended = await follow(following)
  screen.say(`\nThe order is ${ended.status}.`)
  return (await showLedger(stage, order.id)) && ended.status === 'settled'
}

/** Sites and trucks by the names that people know them by. */
async function namesOf(client: Client): Promise<NameOf> {
  const [sites, vehicles] = await Promise.all([
    client.get<{ data: { id: string; name: string }[] }>('/v1/sites?limit=100'),
    client.get<{ data: Vehicle[] }>('/v1/vehicles?limit=100'),
  ])
  const names = new Map([...sites.data, ...vehicles.data].map(({ id, name }) => [id, name]))
  return (id) => names.get(id ?? '') ?? id ?? ''
}

async function find(client: Client, words: string): Promise<Item> {
  const { data } = await client.get<{ data: Item[] }>(`/v1/items?q=${encodeURIComponent(words)}`)
  const [item] = data
  if (!item) throw new Error(`the catalogue has nothing for "${words}": is this the demo's city?`)
  return item
}

async function ask(client: Client, item: Item, { method }: Story): Promise<Quote> {
  return await client.post<Quote>('/v1/quotes?expand[]=decisions', {
    buyer: { name: 'Marge Bouvier', email: `marge.${randomUUID().slice(0, 8)}@example.com` },
    destination: { address },
    lines: [{ item_id: item.id, quantity: 1 }],
    preferences: { methods: [method] },
  })
}

/** The decision of the quote says which offer the rules of its method like best. */
function preferredOf({ offers, decisions = [] }: Quote): Offer | null {
  const candidates = decisions.flatMap((decision) => decision.candidates)
  const preferred = offers.find((offer) => candidates.some((one) => isPreferred(one, offer)))
  return preferred ?? offers[0] ?? null
}

function isPreferred({ details, id }: Candidate, offer: Offer): boolean {
  const key = `${offer.method}/${offer.vehicle_id ?? offer.site_id}`
  return details['preferred'] === true && id === key
}

async function place(client: Client, offer: Offer): Promise<Order> {
  return await client.post<Order>('/v1/orders', {
    offers: [offer.id],
    payment_method: { kind: 'card', token: 'tok_visa' },
  })
}

/** With an access code in a mail the buyer opens the locker; there is nobody here to press the keys. */
function buyersAnswer({ client, screen }: Stage) {
  return async ({ text }: Mail, order: Order): Promise<void> => {
    const code = /Access code: (\d+)/.exec(text)?.[1]
    const siteId = order.fulfilments[0]?.site_id
    if (code === undefined || siteId === undefined) return
    screen.say(`          the buyer enters ${code} at the lockers`)
    await client.post(`/v1/test/lockers/${siteId}/enter_code`, { code })
  }
}

async function showLedger({ client, screen }: Stage, orderId: string): Promise<boolean> {
  const { data } = await client.get<{ data: LedgerTransaction[] }>(
    `/v1/ledger_transactions?order_id=${orderId}`,
  )
  if (data.length === 0) return true
  screen.say(`\n${ledgerTable(data, orderId)}`)
  return [...sumsByUnit(data).values()].every((sum) => sum === 0n)
}
