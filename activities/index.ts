// All effects by worker; their types are what workflows see of them.
import { accessActivities } from './access.ts'
import { attentionActivities } from './attention.ts'
import { bookingActivities } from './booking.ts'
import { closingActivities } from './closing.ts'
import type { GeometryDeps, OrdersDeps } from './deps.ts'
import { dispatchingActivities } from './dispatching.ts'
import { instructionsActivities } from './instructions.ts'
import { licensingActivities } from './licensing.ts'
import { lockerActivities } from './lockers.ts'
import { makingActivities } from './making.ts'
import { moneyActivities } from './money.ts'
import { parcelActivities } from './parcels.ts'
import { preparingActivities } from './preparing.ts'
import { truckActivities } from './trucks.ts'

export function ordersActivities(deps: OrdersDeps) {
  return {
    ...accessActivities(deps),
    ...attentionActivities(deps),
    ...bookingActivities(deps),
    ...closingActivities(deps),
    ...dispatchingActivities(deps),
    ...licensingActivities(deps),
    ...lockerActivities(deps),
    ...makingActivities(deps),
    ...moneyActivities(deps),
    ...parcelActivities(deps),
    ...preparingActivities(deps),
    ...truckActivities(deps),
  }
}

export function geometryActivities(deps: GeometryDeps) {
  return instructionsActivities(deps)
}

export type Activities = ReturnType<typeof ordersActivities>
export type GeometryActivities = ReturnType<typeof geometryActivities>
