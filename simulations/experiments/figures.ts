// What each figure of a day is called, in which unit it is shown, and which way is better.
import { type FigureName, figureNames } from '../day.ts'

export interface FigureFacts {
  label: string
  unit: 'orders' | 'share' | 'minutes' | 'km' | 'money' | 'grams'
  /** Null where more is neither good nor bad by itself. */
  better: 'more' | 'less' | null
}

export const figureFacts: Readonly<Record<FigureName, FigureFacts>> = {
  ordersPlaced: { label: 'orders placed', unit: 'orders', better: null },
  ordersServed: { label: 'orders served', unit: 'orders', better: 'more' },
  ordersLost: { label: 'orders lost', unit: 'orders', better: 'less' },
  servedOnTimeShare: { label: 'served on time', unit: 'share', better: 'more' },
  minutesToBuyerP50: { label: 'time to the buyer, median', unit: 'minutes', better: 'less' },
  minutesToBuyerP95: { label: 'time to the buyer, 95 %', unit: 'minutes', better: 'less' },
  latenessMinutesMean: { label: 'lateness, mean', unit: 'minutes', better: 'less' },
  deviationMinutesPerOrder: { label: 'deviation per order', unit: 'minutes', better: 'less' },
  kilometresPerOrder: { label: 'driven per order', unit: 'km', better: 'less' },
  machineUtilisationShare: { label: 'machines in use', unit: 'share', better: null },
  scrapShare: { label: 'scrap', unit: 'share', better: 'less' },
  costCentsPerOrder: { label: 'cost per order', unit: 'money', better: 'less' },
  gramsCo2ePerOrder: { label: 'CO2e per order', unit: 'grams', better: 'less' },
}

const units: Record<FigureFacts['unit'], { times: number; digits: number; after: string }> = {
  orders: { times: 1, digits: 1, after: '' },
  share: { times: 100, digits: 2, after: ' %' },
  minutes: { times: 1, digits: 2, after: ' min' },
  km: { times: 1, digits: 3, after: ' km' },
  money: { times: 0.01, digits: 2, after: '' },
  grams: { times: 1, digits: 1, after: ' g' },
}

/** A figure as people read it; a difference of two carries its sign. */
export function figureText(name: FigureName, value: number, { signed = false } = {}): string {
  if (!Number.isFinite(value)) return '-'
  const { times, digits, after } = units[figureFacts[name].unit]
  const text = (Math.abs(value) * times).toFixed(digits)
  const isZero = Number(text) === 0
  const sign = value < 0 && !isZero ? '-' : signed && !isZero ? '+' : ''
  return `${sign}${text}${after}`
}

export function isFigureName(name: string): name is FigureName {
  return (figureNames as readonly string[]).includes(name)
}
