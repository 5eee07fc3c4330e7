// How it goes at virtual devices where somebody plays a day that was drawn before: told from outside,
// instead of their usual pace and luck.
import type { Place } from '../../../domain/model/place.ts'

export interface Course {
  /**
   * Of one attempt: its real time as a multiple of the expected, and at which share of it it fails;
   * null: it does not.
   */
  making: (
    machineId: string,
    jobId: string,
    attempt: number,
  ) => { factor: number; failsAt: number | null }
  /** What a drive takes in the vehicle's own time, before it is scaled. */
  driveSeconds: (vehicleId: string, leg: { stopId: string; from: Place; to: Place }) => number
}
