// Honest times: what half of all parts keep (p50) and what nineteen of twenty keep (p95), from
// estimates and experience.
import type { Promise50 } from './model/offer.ts'

/** Real time divided by estimated time, or times in one unit, at the middle and at the late end. */
export interface Factors {
  p50: number
  p95: number
}

/**
 * Before a machine model has a history: real prints took 1 to 29 % longer than their estimate,
 * rarely a third.
 */
export const defaultMakingFactors: Factors = { p50: 1.1, p95: 1.35 }
/** Streets are slower than the map on a bad day, and as fast as it says on half of them. */
export const defaultTravelFactors: Factors = { p50: 1, p95: 1.3 }

export interface Plan {
  nowMs: number
  /** When the machine begins; whatever lies before is other making that may overrun as well. */
  startsAtMs: number
  makingMinutes: number
  coolDownMinutes: number
  /** By the map; null where the buyer comes to the machine. */
  arrivesAtMs: number | null
  /** From the plate into the buyer's compartment or hand. */
  handOverMinutes: number
  /** How long a carrier takes from the site to the door; null where none does. */
  transitHours: Factors | null
}

export function promise(plan: Plan, making: Factors, travel: Factors): Promise50 {
  const readyAt = (factor: number) => {
    // At the middle the queue ends as planned; at the late end it overruns as making does.
    const startsAtMs =
      plan.nowMs + (plan.startsAtMs - plan.nowMs) * Math.max(1, factor / making.p50)
    return startsAtMs + (plan.makingMinutes * factor + plan.coolDownMinutes) * 60e3
  }
  const inHandAt = (level: 'p50' | 'p95') => {
    const readyAtMs = readyAt(making[level])
    const arrivesAtMs =
      plan.arrivesAtMs === null
        ? readyAtMs
        : plan.nowMs + (plan.arrivesAtMs - plan.nowMs) * travel[level]
    const transitMs = (plan.transitHours?.[level] ?? 0) * 3_600e3
    return Math.round(Math.max(readyAtMs, arrivesAtMs) + plan.handOverMinutes * 60e3 + transitMs)
  }
  return {
    makeStartsAtMs: plan.startsAtMs,
    readyAtMs: Math.round(readyAt(making.p50)),
    p50AtMs: inHandAt('p50'),
    p95AtMs: inHandAt('p95'),
  }
}

/** So many outcomes weigh as much as the prior: one lucky print does not make a promise. */
const priorWeight = 10

/**
 * Factors of a machine model from its outcomes (real / estimated minutes), drawn towards the prior
 * while they are few.
 */
export function learnFactors(
  ratios: readonly number[],
  prior: Factors = defaultMakingFactors,
): Factors {
  const sorted = ratios.toSorted((a, b) => a - b)
  const trust = sorted.length / (sorted.length + priorWeight)
  const blend = (share: number, before: number) =>
    sorted.length === 0 ? before : trust * quantile(sorted, share) + (1 - trust) * before
  return { p50: blend(0.5, prior.p50), p95: blend(0.95, prior.p95) }
}

/** The value that at least `share` of the sorted values do not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 1
}
