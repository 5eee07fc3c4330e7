// Driving between one place and all others, asked once for each: many stops of a fleet share their places.
import type { Travel } from './routeTimes.ts'

export interface Spokes {
  travel: Travel
  hub: number
  /** Of a place by the names below, side by side, from where `spokeOf` tells. */
  figures: ArrayLike<number>
  /** Null where the travel has all of the hub at once: then they are read as they are. */
  asked: Float64Array | null
  /** By place, behind one for -1 that nobody knows: in which turn it was asked. */
  turns: Int32Array
  turn: number
  /** Kept so that the reading is not optimized away. */
  readAhead: number
}

/** As `Travel.legsOf` has them. */
export const TO_SECONDS = 0
export const TO_METERS = 1
export const FROM_SECONDS = 2
export const FROM_METERS = 3
const size = 4

export function openSpokes(travel: Travel): Spokes {
  return {
    travel,
    hub: -1,
    figures: [],
    asked: null,
    turns: new Int32Array(0),
    turn: 0,
    readAhead: 0,
  }
}

/** Turns to another hub, with room for places below `places`. */
export function turnTo(spokes: Spokes, travel: Travel, hub: number, places: number): void {
  spokes.travel = travel
  spokes.hub = hub
  spokes.turn += 1
  const legs = hub >= 0 && travel.legsOf ? travel.legsOf(hub) : null
  if (legs) {
    spokes.figures = legs
    spokes.readAhead = readAhead(legs)
    spokes.asked = null
    return
  }
  if (places >= spokes.turns.length) spokes.turns = new Int32Array(2 * (places + 1))
  if (!spokes.asked || spokes.asked.length < size * spokes.turns.length) {
    spokes.asked = new Float64Array(size * spokes.turns.length)
    spokes.turns.fill(0)
  }
  spokes.figures = spokes.asked
}

/** Read in order, a row is fetched ahead; read here and there, each of its figures would be waited for. */
function readAhead(legs: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < legs.length; at += readAtOnce) sum += legs[at]!
  return sum
}

/** So many of two bytes the processor fetches together. */
const readAtOnce = 32

/** Where the figures of a place stand, asked for if nobody has yet. Of one that nobody knows they are not numbers. */
export function spokeOf(spokes: Spokes, place: number): number {
  if (!spokes.asked) return size * place
  const at = (place + 1) * size
  if (spokes.turns[place + 1] !== spokes.turn) ask(spokes, spokes.asked, place, at)
  return at
}

function ask(
  { travel, hub, turns, turn }: Spokes,
  asked: Float64Array,
  place: number,
  at: number,
): void {
  turns[place + 1] = turn
  asked[at + TO_SECONDS] = travel.seconds(place, hub)
  asked[at + TO_METERS] = travel.meters(place, hub)
  asked[at + FROM_SECONDS] = travel.seconds(hub, place)
  asked[at + FROM_METERS] = travel.meters(hub, place)
}
