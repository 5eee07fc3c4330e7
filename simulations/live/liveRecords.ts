// What a run asks of the platform's own records: how its orders stand, what its devices did, and what was decided.

export interface OrderSeen {
  order: number
  orderId: string
  status: string
  holdReason: string | null
}

/** Who did what when: of a vehicle, a machine or a bank of lockers. */
export interface DeviceEvent {
  kind: 'v' | 'm' | 'l'
  deviceId: string
  type: string
  atMs: number
  stopId: string | null
  fulfilmentId: string | null
  jobId: string | null
  attempt: number | null
}

export interface DecidedCandidate {
  id: string
  score: number | null
  terms: Record<string, number>
  reason: string | null
  details: Record<string, string | number | boolean>
}

export interface Decided {
  orderId: string
  kind: 'offers' | 'dispatch'
  chosen: string | null
  candidates: DecidedCandidate[]
  atMs: number
}

/** Where the platform has an order now: its delivery may have been planned anew since it was ordered. */
export interface Delivery {
  orderId: string
  vehicleId: string | null
  siteId: string
  /** When its machine was to begin, as it was promised. */
  makeStartsAtMs: number
}

export interface LiveRecords {
  orders: () => Promise<OrderSeen[]>
  /** By order: those that were mailed since they were asked for last. */
  accessCodes: () => Promise<Map<number, string>>
  /** Nothing is begun on these machines in that time. */
  holdMachines: (machineIds: readonly string[], fromMs: number, untilMs: number) => Promise<void>
  /** Its own stops do not come again. */
  endRound: (vehicleId: string) => Promise<void>
  deviceEvents: () => Promise<DeviceEvent[]>
  decisions: () => Promise<Decided[]>
  deliveries: () => Promise<Delivery[]>
}
