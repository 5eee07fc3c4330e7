// The words that a buyer reads at each stage of an order: pure texts from a few facts, in plain English.
import { whyCancelled, whyOnHold } from '../../domain/buyerWords.ts'

/** What every letter knows. Times are shown in the buyer's own zone. */
interface Common {
  orderId: string
  /** What the letter is about, with the titles that the catalogue has. */
  items: readonly { title: string; quantity: number }[]
  timeZone: string
}

export type Notice = Common &
  (
    | {
        kind: 'order_confirmed'
        totalCents: bigint
        currency: string
        /** When the last of it is expected. */
        expectedAtMs: number
        /** Whether any of it is brought, and where the rest is picked up. */
        isBrought: boolean
        pickUpAt: readonly string[]
      }
    | {
        kind: 'on_its_way'
        carrier: string
        /** By which the carrier knows it; null where somebody of ours brings it. */
        trackingNumber: string | null
        expectedAtMs: number
        latestAtMs: number
      }
    | { kind: 'ready_for_pickup'; place: string; accessCode: string; untilMs: number }
    | { kind: 'delivered'; atMs: number }
    | { kind: 'order_on_hold'; code: string }
    | { kind: 'cancelled'; by: string; reason: string; refundedCents: bigint; currency: string }
  )

export interface NoticeText {
  subject: string
  text: string
}

export function noticeText(notice: Notice): NoticeText {
  const { subject, lines } = wording(notice)
  const text = ['Hello,', '', ...lines, '', `Your order: ${notice.orderId}`].join('\n')
  return { subject, text: `${text}\n` }
}

function wording(notice: Notice): { subject: string; lines: string[] } {
  const what = listed(notice.items.map(inWords))
  const pieces = notice.items.reduce((sum, { quantity }) => sum + quantity, 0)
  const { it, is, was } = pieces > 1 ? several : one
  const at = (atMs: number) => moment(atMs, notice.timeZone)
  switch (notice.kind) {
    case 'order_confirmed':
      return {
        subject: `Your order is confirmed: ${what}`,
        lines: [
          `Thank you. We have your order for ${what}.`,
          `Total: ${amount(notice.totalCents, notice.currency)}.`,
          `We expect ${it} to be ${whereTo(notice)} by ${at(notice.expectedAtMs)}.`,
        ],
      }
    case 'on_its_way':
      return { subject: `On its way: ${what}`, lines: onItsWay(notice, what, it) }
    case 'ready_for_pickup':
      return {
        subject: `Ready for pick-up: ${what}`,
        lines: [
          `Your ${what} ${is} waiting for you.`,
          `Where: ${notice.place}`,
          `Access code: ${notice.accessCode}`,
          `Until: ${at(notice.untilMs)}`,
        ],
      }
    case 'delivered':
      return {
        subject: `Delivered: ${what}`,
        lines: [
          `Your ${what} ${was} handed over on ${at(notice.atMs)}.`,
          `We hope you like ${it}.`,
        ],
      }
    case 'order_on_hold':
      return {
        subject: `Your order is on hold: ${what}`,
        lines: [
          `We had to stop for a moment. ${whyOnHold(notice.code)}`,
          'Nothing is lost; we go on as soon as this is settled and will write to you then.',
        ],
      }
    case 'cancelled':
      return {
        subject: `Your order is cancelled: ${what}`,
        lines: [
          `Your order for ${what} is cancelled. ${whyCancelled(notice.by, notice.reason)}`,
          moneyBack(notice),
        ],
      }
    default:
      throw unheardOf(notice)
  }
}

function onItsWay(notice: Extract<Notice, { kind: 'on_its_way' }>, what: string, it: string) {
  const { carrier, trackingNumber, timeZone } = notice
  const [expected, latest] = [notice.expectedAtMs, notice.latestAtMs].map((atMs) =>
    moment(atMs, timeZone),
  )
  return [
    `${carrier} is bringing your ${what}.`,
    `We expect ${it} on ${expected}, at the latest on ${latest}.`,
    ...(trackingNumber ? [`Tracking number: ${trackingNumber}`] : []),
  ]
}

const one = { it: 'it', is: 'is', was: 'was' }
const several = { it: 'them', is: 'are', was: 'were' }

function inWords({ title, quantity }: Common['items'][number]): string {
  return quantity === 1 ? title : `${quantity} × ${title}`
}

function whereTo({ isBrought, pickUpAt }: { isBrought: boolean; pickUpAt: readonly string[] }) {
  if (pickUpAt.length === 0) return 'with you'
  const there = `ready for pick-up at ${listed(pickUpAt)}`
  return isBrought ? `with you, or ${there},` : there
}

function unheardOf(notice: never): Error {
  return new Error(`there are no words for ${JSON.stringify(notice)}`)
}

function moneyBack({ refundedCents, currency }: { refundedCents: bigint; currency: string }) {
  if (refundedCents === 0n) return 'You have not been charged.'
  return `We have returned ${amount(refundedCents, currency)} to the way you paid.`
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? 'item'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

/** Minor units per major differ by currency (yen have none), which Intl knows. */
function amount(cents: bigint, currency: string): string {
  const format = amounts(currency)
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(Number(cents) / 10 ** digits)
}

function moment(atMs: number, timeZone: string): string {
  return moments(timeZone).format(atMs)
}

/** A format costs a thousand times what formatting costs. */
const amounts = keptByName(
  (currency) => new Intl.NumberFormat('en-US', { style: 'currency', currency }),
)
const moments = keptByName(
  (timeZone) =>
    new Intl.DateTimeFormat('en-GB', {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      timeZone,
      timeZoneName: 'short',
    }),
)

/** There are as many as there are currencies, or time zones. */
function keptByName<T>(make: (name: string) => T): (name: string) => T {
  const kept = new Map<string, T>()
  return (name) => {
    const known = kept.get(name) ?? make(name)
    kept.set(name, known)
    return known
  }
}
