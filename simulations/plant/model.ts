// The plant as experiments know it: scenarios are prepared once in each thread, and then its days are simulated.
import type { Day, DayRequest } from '../day.ts'
import { simulateDay } from './day.ts'
import { prepare, type Prepared } from './prepare.ts'

export const model = { prepare, simulateDay: simulateWhatCounts }

/** A day of which nothing would count is not simulated. */
function simulateWhatCounts(prepared: Prepared, request: DayRequest): Day {
  const { fromHour, toHour } = prepared.scenario.hours
  const hours = toHour - fromHour
  if (request.warmUpHours >= hours) {
    throw new RangeError(
      `a warm-up of ${request.warmUpHours} h leaves nothing of a day of ${hours} h`,
    )
  }
  return simulateDay(prepared, request)
}
