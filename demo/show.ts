// How the demo looks: what happened as lines that stay, how things stand as lines that a terminal redraws in place.
import type { LedgerTransaction, Money, Offer, OrderEvent, Place, Quote } from './client.ts'

export interface Standing {
  /** What it is about: a job, a truck. */
  id: string
  text: string
  /** A log repeats the line when this changes; a terminal redraws it always. */
  news: string
}

export interface Screen {
  say(text: string): void
  standings(now: readonly Standing[]): void
}

interface Output {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export function openScreen(output: Output): Screen {
  return output.isTTY ? terminal(output) : log(output)
}

function terminal(output: Output): Screen {
  let drawn: readonly Standing[] = []
  const erased = () => (drawn.length > 0 ? `\u001B[${drawn.length}F\u001B[J` : '')
  // A terminal without a window, as of a recorder or a container, says 0.
  const width = () => (output.columns && output.columns > 0 ? output.columns : 80)
  const lines = () => drawn.map(({ text }) => `${text.slice(0, width() - 1)}\n`)
  return {
    say(text) {
      output.write(`${erased()}${text}\n${lines().join('')}`)
    },
    standings(now) {
      const before = erased()
      drawn = now
      output.write(before + lines().join(''))
    },
  }
}

function log(output: Output): Screen {
  const known = new Map<string, string>()
  return {
    say: (text) => void output.write(`${text}\n`),
    standings(now) {
      for (const { id, text, news } of now) {
        if (known.get(id) === news) continue
        known.set(id, news)
        output.write(`${text}\n`)
      }
    },
  }
}

/** Columns as wide as their widest cell; cells that are figures are on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (isFigure(cell) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [line(head), rule, ...rows.map(line)].map((text) => `  ${text}`).join('\n')
}

const isFigure = (cell: string) => /^[-+$]*[\d.,]+( \w+)?$/.test(cell)

export function bar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** Minor units per major differ by currency, which Intl knows. */
export function price({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(Number(amount) / 10 ** digits)
}

export function clock(timestamp: string): string {
  return timestamp.slice(11, 19)
}

export function miles(from: Place, to: Place): number {
  const metersPerDegree = 111_320
  const east = (from.lon - to.lon) * Math.cos((from.lat * Math.PI) / 180)
  return (Math.hypot(east, from.lat - to.lat) * metersPerDegree) / 1609.344
}

export type NameOf = (id: string | null) => string

/** The preferred offer is the one that the platform's rules like best among those of its method. */
export function offersTable(quote: Quote, preferred: Offer | null, nameOf: NameOf, nowMs: number) {
  const inMinutes = (at: string) => `${Math.round((Date.parse(at) - nowMs) / 60e3)} min`
  const rows = quote.offers.map((offer) => [
    offer.id === preferred?.id ? '*' : '',
    offer.method,
    nameOf(offer.vehicle_id ?? offer.site_id),
    offer.machine_id,
    price(offer.total),
    inMinutes(offer.promise.ready_at),
    inMinutes(offer.promise.p50_at),
    inMinutes(offer.promise.p95_at),
  ])
  return table(['', 'by', 'from', 'machine', 'total', 'made in', 'there p50', 'there p95'], rows)
}

export function whyNotTable(quote: Quote, nameOf: NameOf): string {
  const rows = quote.why_not.map(({ method, code, details }) => {
    const { places = '', nearest = '', ...why } = details
    const facts = Object.entries(why).map(([name, value]) => `${name} ${rounded(value)}`)
    return [method, code, String(places), nameOf(String(nearest)), cut(facts.join(', '))]
  })
  return table(['by', 'why not', 'places', 'nearest', 'details'], rows)
}

const cut = (text: string) => (text.length > 48 ? `${text.slice(0, 47)}…` : text)

function rounded(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : String(value)
}

/** All postings of an order, and what they sum to in each unit: nothing. */
export function ledgerTable(transactions: readonly LedgerTransaction[], orderId: string): string {
  const rows = transactions.flatMap(({ description, postings }) =>
    postings.map(({ account, unit, amount }, at) => {
      const shown = account.replace(orderId, 'this')
      return [at === 0 ? description : '', shown, unit, signed(BigInt(amount))]
    }),
  )
  const sums = [...sumsByUnit(transactions)].map(([unit, sum]) => ['', 'sum', unit, String(sum)])
  return table(['transaction', 'account', 'unit', 'amount'], [...rows, ...sums])
}

export function sumsByUnit(transactions: readonly LedgerTransaction[]): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { unit, amount } of transactions.flatMap(({ postings }) => postings)) {
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(amount))
  }
  return sums
}

const signed = (amount: bigint) => (amount > 0n ? `+${amount}` : String(amount))

/** An event as a sentence; one that is not known here is shown by its type. */
export function sentenceOf({ type, data }: OrderEvent, nameOf: NameOf): string {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  const place = (name: string) => nameOf(text(name))
  const sentences: Record<string, () => string> = {
    'order.created': () => 'the order is kept',
    'order.authorized': () => 'the buyer may have it',
    'payment.held': () => 'the money is held',
    'payment.declined': () => `the payment was declined: ${text('reason')}`,
    'order.planned': () => 'machine and delivery are booked',
    'fulfilment.stop_planned': () =>
      `${place('vehicle_id')} takes the stop, ${before(text('before_stop'))}, ` +
      `${(Number(data['deviation_meters'] ?? 0) / 1609.344).toFixed(1)} miles out of its way`,
    'fulfilment.making': () => `${text('machine_id')} makes it`,
    'fulfilment.made': () => 'it is made',
    'fulfilment.in_transit': () => `it is on its way with ${place('vehicle_id')}`,
    'fulfilment.ready_for_pickup': () => 'it waits in the locker',
    'fulfilment.delivered': () => 'the buyer has it',
    'job.prepared': () => `${text('machine_id')} has the instructions`,
    'job.started': () => `${text('machine_id')} prints`,
    'job.finished': () => 'the print is done',
    'job.harvested': () => `${text('machine_id')} is cleared`,
    'job.attempt_failed': () => `making failed on ${text('machine_id')}: ${text('code')}`,
    'delivery.departed': () => `${place('vehicle_id')} drives to the buyer`,
    'delivery.arrived': () => `${place('vehicle_id')} is at the door`,
    'delivery.handed_over': () => `${place('vehicle_id')} hands it over`,
    'delivery.stored': () => `it is put into ${text('compartment_id')}`,
    'delivery.opened': () => `${text('compartment_id')} opens`,
    'delivery.emptied': () => `${text('compartment_id')} is empty`,
    'order.on_hold': () => `NEEDS ATTENTION in ${text('workflow')}: ${text('reason')}`,
    'order.resumed': () => `an operator answered: ${text('action')}`,
    'order.cancelled': () => `cancelled by ${text('by')}: ${text('reason')}`,
    'order.settled': () => 'paid, and everyone who is owed is paid',
  }
  return sentences[type]?.() ?? type
}

const before = (stopId: string) => (stopId === '' ? 'as its last' : `before its stop ${stopId}`)
