// Turns what happens to money, licence uses and stock into ledger postings; every set of them sums
// to zero per unit.
import type { PriceLine } from './model/offer.ts'
import { split, splitRefund, type Part, type Share } from './split.ts'

export type Book = 'money' | 'licence' | 'stock'

export interface Posting {
  book: Book
  account: string
  /** A currency, a licence, or an item. */
  unit: string
  /** Positive: the account holds more. */
  amount: bigint
  /** What the account must never hold less than; every posting to it states the same. */
  floor: bigint | null
}

/**
 * One name for each account. Those without a floor stand for the world outside and may go below
 * zero.
 */
export const accounts = {
  /** Authorized by buyers and not captured: the counterpart of all holds. */
  authorized: 'payments/authorized',
  /** What payment providers took for us: minus what they owe. */
  received: 'payments/received',
  marketplaceFees: 'marketplace/fees',
  held: (orderId: string) => `order/${orderId}/held`,
  captured: (orderId: string) => `order/${orderId}/captured`,
  payable: (partyId: string) => `party/${partyId}/payable`,
  usesIssued: (licenceId: string) => `licence/${licenceId}/issued`,
  usesLeft: (licenceId: string) => `licence/${licenceId}/left`,
  usesSpent: (licenceId: string) => `licence/${licenceId}/spent`,
  usesReserved: (orderId: string) => `order/${orderId}/uses`,
  stock: (siteId: string, bucket: StockBucket) => `stock/${siteId}/${bucket}`,
}

export type StockBucket =
  | 'inbound'
  | 'receiving'
  | 'sellable'
  | 'reserved'
  | 'unsellable'
  | 'researching'
  | 'outside'

export interface OrderMoney {
  orderId: string
  currency: string
  cents: bigint
}

export function holdPostings({ orderId, currency, cents }: OrderMoney): Posting[] {
  return move(currency, cents, accounts.authorized, accounts.held(orderId))
}

export function releasePostings({ orderId, currency, cents }: OrderMoney): Posting[] {
  return move(currency, cents, accounts.held(orderId), accounts.authorized)
}

/** The hold ends and the provider has the money: two moves that are one transaction. */
export function capturePostings(money: OrderMoney): Posting[] {
  const { orderId, currency, cents } = money
  return [
    ...releasePostings(money),
    ...move(currency, cents, accounts.received, accounts.captured(orderId)),
  ]
}

/** Before settlement the refund comes out of what was captured. */
export function refundPostings({ orderId, currency, cents }: OrderMoney): Posting[] {
  return move(currency, cents, accounts.captured(orderId), accounts.received)
}

export interface SettledLine {
  price: readonly PriceLine[]
  supplierId: string
  /** For all units of the line; what remains of the item's price is the marketplace's fee. */
  royaltyCents: bigint
  /**
   * Splits the item's price among any number of parties instead of royalty and fee; `marketplace`
   * is a party too.
   */
  contract: readonly Share[] | null
  /** Who runs the machine: gets making and material. */
  makerId: string
  /** Who brings it, or keeps it for the buyer: gets the delivery. */
  carrierId: string
}

export const marketplace = 'marketplace'

/** Who gets what of an order, each party once, in order of the first mention. */
export function settlementParts(lines: readonly SettledLine[]): Part[] {
  const owed = new Map<string, bigint>()
  for (const { partyId, cents } of lines.flatMap(partsOfLine)) {
    owed.set(partyId, (owed.get(partyId) ?? 0n) + cents)
  }
  return [...owed].map(([partyId, cents]) => ({ partyId, cents }))
}

export function settlementPostings(
  { orderId, currency }: { orderId: string; currency: string },
  parts: readonly Part[],
): Posting[] {
  const cents = parts.reduce((sum, part) => sum + part.cents, 0n)
  return [
    coins(currency, accounts.captured(orderId), -cents),
    ...parts.map((part) => coins(currency, accountOf(part.partyId), part.cents)),
  ].filter(({ amount }) => amount !== 0n)
}

/** After settlement everybody gives back in proportion to what is left of the own part. */
export function settledRefundPostings(
  { currency, cents }: { currency: string; cents: bigint },
  left: readonly Part[],
): Posting[] {
  return [
    ...splitRefund(cents, left).map((part) =>
      coins(currency, accountOf(part.partyId), -part.cents),
    ),
    coins(currency, accounts.received, cents),
  ].filter(({ amount }) => amount !== 0n)
}

/**
 * Licence uses: granted by the supplier, reserved by an order, spent when made, given back when
 * not.
 */
export const licencePostings = {
  grant: (licenceId: string, uses: bigint) =>
    units('licence', licenceId, uses, accounts.usesIssued(licenceId), accounts.usesLeft(licenceId)),
  reserve: (licenceId: string, orderId: string, uses: bigint) =>
    units('licence', licenceId, uses, accounts.usesLeft(licenceId), accounts.usesReserved(orderId)),
  spend: (licenceId: string, orderId: string, uses: bigint) =>
    units(
      'licence',
      licenceId,
      uses,
      accounts.usesReserved(orderId),
      accounts.usesSpent(licenceId),
    ),
  release: (licenceId: string, orderId: string, uses: bigint) =>
    units('licence', licenceId, uses, accounts.usesReserved(orderId), accounts.usesLeft(licenceId)),
}

/**
 * Stock moves between buckets and never changes in number; `outside` is wherever goods come from
 * and go to.
 */
export function stockPostings(
  itemId: string,
  siteId: string,
  from: StockBucket,
  to: StockBucket,
  count: bigint,
): Posting[] {
  const source = accounts.stock(siteId, from)
  return units('stock', itemId, count, source, accounts.stock(siteId, to))
}

function partsOfLine(line: SettledLine): Part[] {
  const cents = (code: PriceLine['code']) =>
    line.price.reduce((sum, price) => (price.code === code ? sum + price.cents : sum), 0n)
  const ofItem = line.contract
    ? split(cents('item'), line.contract)
    : [
        { partyId: line.supplierId, cents: line.royaltyCents },
        { partyId: marketplace, cents: cents('item') - line.royaltyCents },
      ]
  return [
    ...ofItem,
    { partyId: line.makerId, cents: cents('making') + cents('material') },
    { partyId: line.carrierId, cents: cents('delivery') },
  ]
}

const accountOf = (partyId: string) =>
  partyId === marketplace ? accounts.marketplaceFees : accounts.payable(partyId)

/** The world outside and the marketplace itself may go below zero; nobody else may. */
function floorOf(account: string): bigint | null {
  const open: string[] = [accounts.authorized, accounts.received, accounts.marketplaceFees]
  return open.includes(account) || account.endsWith('/issued') || account.endsWith('/outside')
    ? null
    : 0n
}

const move = (currency: string, cents: bigint, from: string, to: string) =>
  units('money', currency, cents, from, to)

function units(book: Book, unit: string, amount: bigint, from: string, to: string): Posting[] {
  if (amount < 0n) throw new RangeError(`postings: ${amount} of ${unit} cannot move`)
  return [
    { book, unit, account: from, amount: -amount, floor: floorOf(from) },
    { book, unit, account: to, amount, floor: floorOf(to) },
  ]
}

function coins(unit: string, account: string, amount: bigint): Posting {
  return { book: 'money', account, unit, amount, floor: floorOf(account) }
}
