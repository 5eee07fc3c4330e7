// Numbers by which a parcel is known, in the shape of the Universal Postal Union's S10: a typing error is noticed.
import { randomInt } from 'node:crypto'

const weights = [8, 6, 4, 2, 3, 5, 9, 7]

export function newParcelNumber(): string {
  const digits = String(randomInt(100_000_000)).padStart(8, '0')
  return `FP${digits}${checkDigit(digits)}US`
}

export function isParcelNumber(text: string): boolean {
  const [, digits = '', check] = /^[A-Z]{2}(\d{8})(\d)[A-Z]{2}$/.exec(text) ?? []
  return digits !== '' && checkDigit(digits) === Number(check)
}

/** S10, clause 3: 11 less the weighted sum modulo 11; 10 is written as 0, 11 as 5. */
function checkDigit(digits: string): number {
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0)
  const rest = 11 - (sum % 11)
  if (rest === 10) return 0
  return rest === 11 ? 5 : rest
}
