// The only way to change a state: a table for each noun that has states, and an order's status
// derived from its lines.

export const lifecycles = {
  line: {
    awaiting_authorization: ['confirmed', 'cancelled', 'unfulfillable'],
    confirmed: ['planning', 'cancelled', 'unfulfillable'],
    planning: ['making', 'cancelled', 'unfulfillable'],
    making: ['ready', 'cancelled', 'unfulfillable'],
    ready: ['in_transit', 'ready_for_pickup', 'cancelled', 'unfulfillable'],
    in_transit: ['delivered', 'unfulfillable', 'cancelled'],
    ready_for_pickup: ['delivered', 'unfulfillable', 'cancelled'],
    delivered: ['settled', 'refunded', 'returned'],
    settled: ['refunded', 'returned'],
    cancelled: ['refunded'],
    unfulfillable: ['refunded'],
    refunded: [],
    returned: ['refunded'],
  },
  fulfilment: {
    planned: ['making', 'cancelled'],
    making: ['made', 'cancelled', 'failed'],
    made: ['in_transit', 'ready_for_pickup', 'cancelled', 'failed'],
    in_transit: ['delivered', 'cancelled', 'failed'],
    ready_for_pickup: ['delivered', 'expired', 'cancelled', 'failed'],
    expired: ['ready_for_pickup', 'cancelled', 'failed'],
    delivered: [],
    cancelled: [],
    failed: [],
  },
  job: {
    planned: ['assigned', 'preparing', 'cancelled'],
    assigned: ['preparing', 'planned', 'failed', 'cancelled'],
    preparing: ['printing', 'planned', 'finished', 'harvested', 'failed', 'cancelled'],
    printing: ['finished', 'harvested', 'planned', 'failed', 'cancelled'],
    finished: ['harvested', 'planned', 'failed', 'cancelled'],
    harvested: [],
    failed: ['planned', 'cancelled'],
    cancelled: [],
  },
  machine: {
    OFFLINE: [
      'IDLE',
      'READY',
      'PREPARING',
      'PRINTING',
      'PAUSED',
      'FINISHED',
      'HARVESTED',
      'STOPPED',
      'ATTENTION',
      'ERROR',
      'MAINTENANCE',
    ],
    IDLE: ['READY', 'PREPARING', 'ATTENTION', 'ERROR', 'MAINTENANCE', 'OFFLINE'],
    READY: ['PRINTING', 'IDLE', 'STOPPED', 'ATTENTION', 'ERROR', 'OFFLINE'],
    PREPARING: ['READY', 'IDLE', 'STOPPED', 'ATTENTION', 'ERROR', 'OFFLINE'],
    PRINTING: ['PAUSED', 'FINISHED', 'STOPPED', 'ATTENTION', 'ERROR', 'OFFLINE'],
    PAUSED: ['PRINTING', 'STOPPED', 'ATTENTION', 'ERROR', 'OFFLINE'],
    FINISHED: ['HARVESTED', 'ATTENTION', 'ERROR', 'OFFLINE'],
    HARVESTED: ['IDLE', 'ATTENTION', 'ERROR', 'MAINTENANCE', 'OFFLINE'],
    STOPPED: ['IDLE', 'HARVESTED', 'ATTENTION', 'ERROR', 'MAINTENANCE', 'OFFLINE'],
    ATTENTION: ['IDLE', 'PRINTING', 'STOPPED', 'ERROR', 'MAINTENANCE', 'OFFLINE'],
    ERROR: ['IDLE', 'STOPPED', 'MAINTENANCE', 'OFFLINE'],
    MAINTENANCE: ['IDLE', 'OFFLINE'],
  },
  licenceUse: {
    reserved: ['used', 'released'],
    used: [],
    released: ['reserved'],
  },
  /** What a carrier tells may be late or left out: the later word counts. */
  shipment: {
    booked: [
      'collected',
      'in_transit',
      'out_for_delivery',
      'delivered',
      'returned',
      'lost',
      'cancelled',
    ],
    collected: ['in_transit', 'out_for_delivery', 'delivered', 'returned', 'lost'],
    in_transit: ['out_for_delivery', 'delivered', 'returned', 'lost'],
    out_for_delivery: ['in_transit', 'delivered', 'returned', 'lost'],
    delivered: [],
    returned: [],
    // What was lost is found now and then.
    lost: ['delivered', 'returned'],
    cancelled: [],
  },
  payment: {
    pending: ['held', 'declined', 'released'],
    declined: ['pending', 'released'],
    held: ['captured', 'released'],
    captured: ['refunded'],
    released: [],
    refunded: [],
  },
} as const

export type Lifecycle = keyof typeof lifecycles
export type StateOf<L extends Lifecycle> = keyof (typeof lifecycles)[L] & string
export type LineState = StateOf<'line'>
export type JobState = StateOf<'job'>

/**
 * Whether a thing may go from one state to another; staying is always allowed, so that a retry is
 * harmless.
 */
export function mayMove<L extends Lifecycle>(
  lifecycle: L,
  from: StateOf<L>,
  to: StateOf<L>,
): boolean {
  return from === to || statesAfter(lifecycle, from).includes(to)
}

export function statesAfter<L extends Lifecycle>(
  lifecycle: L,
  from: StateOf<L>,
): readonly StateOf<L>[] {
  const tables: { [K in Lifecycle]: Record<StateOf<K>, readonly StateOf<K>[]> } = lifecycles
  return tables[lifecycle][from] ?? []
}

export function isFinal<L extends Lifecycle>(lifecycle: L, state: StateOf<L>): boolean {
  return statesAfter(lifecycle, state).length === 0
}

export type OrderStatus = LineState | 'on_hold' | 'partially_completed'

/** The order in which lines progress; an order is as far as its least advanced living line. */
const progress: readonly LineState[] = [
  'awaiting_authorization',
  'confirmed',
  'planning',
  'making',
  'ready',
  'in_transit',
  'ready_for_pickup',
  'delivered',
  'settled',
]
const dead: readonly LineState[] = ['cancelled', 'unfulfillable', 'refunded', 'returned']

/**
 * An order's status from its lines; a reason to hold stands above whatever the lines say while one
 * of them lives.
 */
export function orderStatus(lines: readonly LineState[], holdReason: string | null): OrderStatus {
  const living = lines.filter((line) => !dead.includes(line))
  if (living.length === 0) return dead.findLast((state) => lines.includes(state)) ?? 'cancelled'
  if (holdReason !== null && living.some((line) => line !== 'settled')) return 'on_hold'
  const ended = living.every((line) => line === 'settled' || line === 'delivered')
  if (living.length < lines.length && ended) return 'partially_completed'
  return progress.find((state) => living.includes(state)) ?? 'awaiting_authorization'
}
