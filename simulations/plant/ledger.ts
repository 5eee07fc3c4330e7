// Counts what a day's figures are made of, by the hour in which it happened or its order was placed.
import type { Figures } from '../day.ts'

/** To add a figure: count what it is made of here, and divide it out in `figuresOf`. */
const counted = [
  'placed',
  'served',
  'lost',
  'onTime',
  'lateSeconds',
  'deviationSeconds',
  'addedMeters',
  'busySeconds',
  'openSeconds',
  'makings',
  'spoilt',
  'cents',
  'grams',
] as const
export type Counted = (typeof counted)[number]

export interface Ledger {
  /** In whole seconds from midnight; what is outside the hours counts in the first or last. */
  add: (what: Counted, second: number, value: number) => void
  /** A second for each second from one to the other. */
  addSpan: (what: Counted, fromSecond: number, toSecond: number) => void
  /** Of an order that was served: when it was placed, and how long its buyer waited. */
  addWait: (placedSecond: number, seconds: number) => void
  hourly: () => Figures[]
  /** Without the first hours. */
  figures: (warmUpHours: number) => Figures
}

export function openLedger(fromSecond: number, toSecond: number): Ledger {
  const hours = Math.max(1, Math.ceil((toSecond - fromSecond) / 3_600))
  const sums = new Float64Array(hours * counted.length)
  const columns = new Map(counted.map((name, at) => [name, at * hours]))
  const waits = Array.from({ length: hours }, (): number[] => [])
  const hourOf = (second: number) =>
    Math.min(hours - 1, Math.max(0, Math.floor((second - fromSecond) / 3_600)))
  const add: Ledger['add'] = (what, second, value) => {
    sums[columns.get(what)! + hourOf(second)]! += value
  }
  const figuresFrom = (first: number, end: number) => {
    const sum = (what: Counted) => {
      const column = columns.get(what)!
      return sums.subarray(column + first, column + end).reduce((total, one) => total + one, 0)
    }
    return figuresOf(sum, Float64Array.from(waits.slice(first, end).flat()).toSorted())
  }
  return {
    add,
    addSpan(what, from, to) {
      for (let at = from; at < to;) {
        const hourEnd = fromSecond + (hourOf(at) + 1) * 3_600
        const end = at < fromSecond || hourEnd <= at ? to : Math.min(to, hourEnd)
        add(what, at, end - at)
        at = end
      }
    },
    addWait: (placedSecond, seconds) => void waits[hourOf(placedSecond)]!.push(seconds / 60),
    hourly: () => waits.map((_, hour) => figuresFrom(hour, hour + 1)),
    figures: (warmUpHours) => figuresFrom(Math.min(hours, Math.ceil(warmUpHours)), hours),
  }
}

/** What has no orders has no mean: NaN, which intervals leave out. */
function figuresOf(sum: (what: Counted) => number, minutes: Float64Array): Figures {
  const served = sum('served')
  return {
    ordersPlaced: sum('placed'),
    ordersServed: served,
    ordersLost: sum('lost'),
    servedOnTimeShare: sum('onTime') / sum('placed'),
    minutesToBuyerP50: quantile(minutes, 0.5),
    minutesToBuyerP95: quantile(minutes, 0.95),
    latenessMinutesMean: sum('lateSeconds') / 60 / served,
    deviationMinutesPerOrder: sum('deviationSeconds') / 60 / served,
    kilometresPerOrder: sum('addedMeters') / 1_000 / served,
    machineUtilisationShare: sum('busySeconds') / sum('openSeconds'),
    scrapShare: sum('spoilt') / sum('makings'),
    costCentsPerOrder: sum('cents') / served,
    gramsCo2ePerOrder: sum('grams') / served,
  }
}

/** The least value that so many do not exceed. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
