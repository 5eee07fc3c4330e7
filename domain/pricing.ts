// What the buyer pays, line by line, from the item, the making, the material and the delivery.
import type { DeliveryMethod, PriceLine } from './model/offer.ts'

export interface PriceRules {
  /** Cents for one gram, by material; `otherMaterial` where a material has no line of its own. */
  centsPerGram: Readonly<Record<string, number>>
  otherMaterialCentsPerGram: number
  delivery: Readonly<Record<DeliveryMethod, { baseCents: bigint; centsPerKilometre: bigint }>>
}

export const defaultPriceRules: PriceRules = {
  centsPerGram: { PLA: 4, PETG: 5, ABS: 5, TPU: 8, resin: 12, nylon: 15, aluminium: 9 },
  otherMaterialCentsPerGram: 10,
  delivery: {
    truck: { baseCents: 299n, centsPerKilometre: 35n },
    pickup: { baseCents: 99n, centsPerKilometre: 0n },
    carrier: { baseCents: 449n, centsPerKilometre: 1n },
  },
}

export interface Made {
  material: string
  grams: number
  minutes: number
  centsPerMinute: bigint
}

export interface PriceNeed extends Made {
  itemCents: bigint
  quantity: number
  method: DeliveryMethod
  /** A truck's deviation, a carrier's way; 0 where the buyer comes. */
  kilometres: number
}

export function priceLines(need: PriceNeed, rules: PriceRules): PriceLine[] {
  const delivery = rules.delivery[need.method]
  return [
    { code: 'item', cents: need.itemCents * BigInt(need.quantity) },
    { code: 'making', cents: makingCents(need) },
    { code: 'material', cents: materialCents(need, rules) },
    {
      code: 'delivery',
      cents: delivery.baseCents + times(delivery.centsPerKilometre, need.kilometres),
    },
  ]
}

/** What making costs, material included: the figure that a supplier's ceiling limits. */
export function makeCents(made: Made, rules: PriceRules): bigint {
  return makingCents(made) + materialCents(made, rules)
}

export function totalCents(lines: readonly PriceLine[]): bigint {
  return lines.reduce((sum, line) => sum + line.cents, 0n)
}

function makingCents({ centsPerMinute, minutes }: Made): bigint {
  return times(centsPerMinute, minutes)
}

function materialCents({ material, grams }: Made, rules: PriceRules): bigint {
  const rate = rules.centsPerGram[material] ?? rules.otherMaterialCentsPerGram
  return times(1n, rate * grams)
}

const millionths = 1_000_000n

/**
 * The one place where a price is rounded: to whole cents, half away from zero. The factor counts to
 * a millionth,
 * so that 0.1 + 0.2 and 0.3 cost the same.
 */
export function times(cents: bigint, factor: number): bigint {
  const product = cents * BigInt(Math.round(factor * Number(millionths)))
  const half = product < 0n ? -millionths / 2n : millionths / 2n
  return (product + half) / millionths
}
