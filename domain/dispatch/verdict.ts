// What a look at one vehicle ends with: the best place for a request there, or the one that was missed by least.
import { notMade, type Made } from './ask.ts'

/** What can be against a place, by its number; of several the first is told. */
export const codeOf = {
  fits: 0,
  unreachable: 1,
  deviation_too_long: 2,
  deviation_too_far: 3,
  waits_too_long: 4,
  too_late: 5,
  closed_then: 6,
  no_room_on_board: 7,
  would_delay_other_stops: 8,
  after_shift_end: 9,
  out_of_service: 10,
  not_this_vehicle: 11,
  not_in_stock_on_board: 12,
  no_machine_on_board_fits: 13,
  material_not_on_board: 14,
  too_far_away: 15,
  outranked: 16,
} as const

/** By number. */
export const reasonCodes: readonly string[] = Object.keys(codeOf)

export interface Verdict {
  /** Of the fleet's table. */
  row: number
  /** Number of the reason against the vehicle; 0 where it fits. */
  code: number
  score: number
  /** Index of the stop before which the delivery comes; the number of stops at the end. */
  position: number
  /** Of the pick-up, in the route as it was; -1 where nothing is fetched. */
  pickupPosition: number
  made: Made
  /** By the names below. */
  figures: Float64Array
  /** Whether places were left out because they cannot beat what is known: then a reason may not be all. */
  isCut: boolean
  /** Where only one place is asked about. */
  only: SpotInRoute | null
}

export interface SpotInRoute {
  position: number
  pickupPosition: number
}

// Times are ms, ways seconds and metres.
export const DEPARTS = 0
export const FROM_SECONDS = 1
export const FROM_METERS = 2
export const LEG_SECONDS = 3
export const LEG_METERS = 4
export const READY = 5
export const FIXED = 6
export const TIME = 7
/** From here on what is kept of a place. */
export const PICKUP_ARRIVES = 8
export const PICKUP_STARTS = 9
export const PICKUP_LEAVES = 10
export const PICKUP_SECONDS = 11
export const PICKUP_METERS = 12
export const PICKUP_WAIT = 13
export const ARRIVES = 14
export const HANDS_OVER = 15
export const LEAVES = 16
export const SECONDS = 17
export const METERS = 18
export const SCORE = 19
export const figuresKept = 20

export function emptyVerdict(row: number): Verdict {
  return {
    row,
    code: -1,
    score: 0.5,
    position: -1,
    pickupPosition: -1,
    made: notMade,
    figures: new Float64Array(figuresKept),
    isCut: false,
    only: null,
  }
}

/** Nothing looked at yet. */
export function forget(verdict: Verdict): void {
  verdict.code = -1
  verdict.position = -1
  verdict.pickupPosition = -1
  verdict.made = notMade
  verdict.isCut = false
}

/** Out before any place was looked at. */
export function ruleOut(verdict: Verdict, code: number, score: number): void {
  forget(verdict)
  verdict.code = code
  verdict.score = score
}

/** What fits before what does not; then the least score; then the earlier place. */
export function keepBetter(
  verdict: Verdict,
  code: number,
  figures: Float64Array,
  position: number,
  pickupPosition: number,
  made: Made,
): void {
  const { only } = verdict
  if (only && (position !== only.position || pickupPosition !== only.pickupPosition)) return
  const score = figures[SCORE]!
  if (verdict.position >= 0) {
    const fits = code === codeOf.fits
    if (fits !== (verdict.code === codeOf.fits)) {
      if (!fits) return
    } else if (score > verdict.score) return
    else if (score === verdict.score) {
      if (position > verdict.position) return
      if (position === verdict.position && pickupPosition >= verdict.pickupPosition) return
    } else if (!(score < verdict.score)) return
  }
  verdict.code = code
  verdict.score = score
  verdict.position = position
  verdict.pickupPosition = pickupPosition
  verdict.made = made
  verdict.figures.set(figures)
}
