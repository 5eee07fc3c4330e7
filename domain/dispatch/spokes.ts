// Driving between one place and all others, asked once for each: many stops of a fleet share their places.
import type { Travel } from './routeTimes.ts'

/** By place plus one, so that a place that nobody knows, -1, has its own; valid where `asked` is the turn. */
export interface Spokes {
  travel: Travel
  hub: number
  turn: number
  asked: Int32Array
  toSeconds: Float64Array
  toMeters: Float64Array
  fromSeconds: Float64Array
  fromMeters: Float64Array
}

export function openSpokes(travel: Travel): Spokes {
  return { travel, hub: -1, turn: 0, ...arrays(0) }
}

function arrays(size: number) {
  return {
    asked: new Int32Array(size),
    toSeconds: new Float64Array(size),
    toMeters: new Float64Array(size),
    fromSeconds: new Float64Array(size),
    fromMeters: new Float64Array(size),
  }
}

/** Turns to another hub, with room for places below `places`. */
export function turnTo(spokes: Spokes, travel: Travel, hub: number, places: number): void {
  if (places >= spokes.asked.length) Object.assign(spokes, arrays(2 * places + 1))
  spokes.travel = travel
  spokes.hub = hub
  spokes.turn += 1
}

/** Where the figures of a place stand, asked for if nobody has yet. */
export function spokeOf(spokes: Spokes, place: number): number {
  const at = place + 1
  if (spokes.asked[at] !== spokes.turn) ask(spokes, place)
  return at
}

function ask(spokes: Spokes, place: number): void {
  const { travel, hub } = spokes
  const { table } = travel
  const at = place + 1
  spokes.asked[at] = spokes.turn
  if (table && place >= 0 && hub >= 0) {
    const to = place * table.places + hub
    const from = hub * table.places + place
    spokes.toSeconds[at] = table.seconds[to]!
    spokes.toMeters[at] = table.meters[to]!
    spokes.fromSeconds[at] = table.seconds[from]!
    spokes.fromMeters[at] = table.meters[from]!
    return
  }
  spokes.toSeconds[at] = travel.seconds(place, hub)
  spokes.toMeters[at] = travel.meters(place, hub)
  spokes.fromSeconds[at] = travel.seconds(hub, place)
  spokes.fromMeters[at] = travel.meters(hub, place)
}
