// What activities work with; the workers' mains build it, tests pass their own.
import type { Commands } from '../devices/commands.ts'
import type { FailureCode, FailureFacts } from '../domain/failure.ts'
import type { Artifacts } from '../services/artifacts/artifacts.ts'
import type { Carrier } from '../services/carrier/carriers.ts'
import type { Payments } from '../services/payment/payments.ts'
import type { TravelPlanner } from '../services/router/travel.ts'
import type { Slicer } from '../services/slicer/slicer.ts'
import type { Suppliers } from '../services/supplier/suppliers.ts'
import type { Storage } from '../storage/storage.ts'
import type { BookedFulfilment } from './fulfilments.ts'

/** What became of the stops that an order waits for; ids and reasons, nothing personal. */
export interface StopsPlanned {
  orderId: string
  /** Of asking: an answer to an earlier one is not for the present question. */
  round: number
  fulfilments: BookedFulfilment[]
  refusal: { code: FailureCode; facts: FailureFacts } | null
}

/** What was not begun yet is made and brought by another truck. */
export interface StopMoved {
  fulfilmentId: string
  jobIds: string[]
  /** Which truck brings it and why, in plain words. */
  decided: string
}

/** The dispatchers of the regions, and the orders that wait for them. */
export interface Dispatchers {
  /** Tells the dispatcher of a region that stops wait; starts it where none runs. */
  wake: (region: string, stops: readonly { fulfilmentId: string }[]) => Promise<void>
  /** An order that has ended hears nothing, which is no failure. */
  tell: (answer: StopsPlanned) => Promise<void>
  /** Tells a fulfilment that another truck brings it, and its jobs that another machine makes them. */
  tellMoved: (moved: StopMoved) => Promise<void>
}

export interface OrdersDeps {
  storage: Storage
  payments: Payments
  /** Null where no carrier is set up. */
  carrier: Carrier | null
  travel: TravelPlanner
  dispatchers: Dispatchers
  commands: Commands
  artifacts: Artifacts
  /** Names the slicer in the key of what it made; slicing itself is the geometry worker's. */
  slicer: Pick<Slicer, 'name' | 'version'>
  /** A link that expires, for the gateway that downloads a toolpath. */
  linkTo: (sha256: string) => string
  nowMs: () => number
}

export interface GeometryDeps {
  storage: Storage
  artifacts: Artifacts
  suppliers: Suppliers
  slicer: Slicer
}
