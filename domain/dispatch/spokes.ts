// Driving between one place and all others, asked once for each: many stops of a fleet share their places.
import type { DispatchWeights } from '../model/dispatchRules.ts'
import type { Travel } from './routeTimes.ts'

/** Figures of a place by the names below, side by side; valid where TURN is the turn. */
export interface Spokes {
  travel: Travel
  hub: number
  /** All of the hub at once, where the travel has them. */
  legs: ArrayLike<number> | null
  /** Of a second and of a metre, by the rules' weights. */
  secondPrice: number
  meterPrice: number
  turn: number
  /** A place that nobody knows, -1, has its own, before the others. */
  figures: Float64Array
}

export const TURN = 0
export const TO_SECONDS = 1
export const TO_METERS = 2
export const FROM_SECONDS = 3
export const FROM_METERS = 4
/** Of seconds and metres together. */
export const TO_PRICE = 5
export const FROM_PRICE = 6
const size = 8

export function openSpokes(travel: Travel, weights: DispatchWeights): Spokes {
  const secondPrice = weights.deviationMinutes / 60
  const meterPrice = weights.deviationKilometres / 1000
  const figures = new Float64Array(0)
  return { travel, hub: -1, legs: null, secondPrice, meterPrice, turn: 0, figures }
}

/** Turns to another hub, with room for places below `places`. */
export function turnTo(spokes: Spokes, travel: Travel, hub: number, places: number): void {
  if ((places + 1) * size > spokes.figures.length) {
    spokes.figures = new Float64Array(2 * (places + 1) * size)
  }
  spokes.travel = travel
  spokes.hub = hub
  spokes.legs = hub >= 0 && travel.legsOf ? travel.legsOf(hub) : null
  spokes.turn += 1
}

/** Where the figures of a place stand, asked for if nobody has yet. */
export function spokeOf(spokes: Spokes, place: number): number {
  const at = (place + 1) * size
  if (spokes.figures[at] !== spokes.turn) ask(spokes, place, at)
  return at
}

function ask(spokes: Spokes, place: number, at: number): void {
  const { travel, hub, legs, figures, secondPrice, meterPrice } = spokes
  figures[at + TURN] = spokes.turn
  if (legs && place >= 0) {
    figures[at + TO_SECONDS] = legs[4 * place]!
    figures[at + TO_METERS] = legs[4 * place + 1]!
    figures[at + FROM_SECONDS] = legs[4 * place + 2]!
    figures[at + FROM_METERS] = legs[4 * place + 3]!
  } else {
    figures[at + TO_SECONDS] = travel.seconds(place, hub)
    figures[at + TO_METERS] = travel.meters(place, hub)
    figures[at + FROM_SECONDS] = travel.seconds(hub, place)
    figures[at + FROM_METERS] = travel.meters(hub, place)
  }
  figures[at + TO_PRICE] =
    figures[at + TO_SECONDS]! * secondPrice + figures[at + TO_METERS]! * meterPrice
  figures[at + FROM_PRICE] =
    figures[at + FROM_SECONDS]! * secondPrice + figures[at + FROM_METERS]! * meterPrice
}
