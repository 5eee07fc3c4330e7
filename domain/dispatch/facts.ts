// What dispatch decides from: vehicles with their routes and machines, and what is asked for, of four kinds.

/** A stop that a vehicle has still to make; what is left out does not matter there. */
export interface RouteStop {
  stopId: string
  /** Index of its place in `travel`. */
  at: number
  serviceSeconds: number
  /** When what is handed over here is made; 0 where nothing has to be waited for. */
  readyAtMs: number
  /** Planned arrival; null where nobody was told a time. */
  dueAtMs: number | null
  /** Serving begins within these hours of the door. */
  opensAtMs?: number
  closesAtMs?: number
  /** What comes on board here; below 0 what leaves. */
  loadLitres?: number
  /** What comes on board here for the machines. */
  loadsMaterials?: readonly string[]
  /** What is handed over here is made of material that an earlier stop loads. */
  readyAfter?: AfterStop
  /** What was asked for, by the id of the request. */
  requestId?: string
  /** The machine on board that makes it, and when it begins. */
  madeBy?: { machineId: string; startsAtMs: number }
}

/** So long after the vehicle has left that stop. */
export interface AfterStop {
  stopId: string
  minutes: number
}

/** A machine on board that can make this part, with its time for it. */
export interface OnBoardMachine {
  machineId: string
  freeAtMs: number
  makingMinutes: number
  coolDownMinutes: number
  /** Share of such parts that have to be made again. */
  scrapShare?: number
}

interface VehicleOnRoute {
  vehicleId: string
  inService: boolean
  /** Index of where it is now. */
  at: number
  /** When it can leave there; where nothing is said, now. */
  freeAtMs?: number
  stops: readonly RouteStop[]
  /**
   * So many first stops stay before anything new: 1 while the driver is on the way to the first.
   */
  committedStops: number
  shiftEndsAtMs: number
  /** Room for parcels and what is on board; where nothing is said there is always room. */
  capacityLitres?: number
  loadLitres?: number
  /** Driven on this shift so far. */
  drivenSeconds?: number
  /** Items of which a unit is on board that nobody has asked for yet. */
  stock?: readonly string[]
}

/** A vehicle for one request: its machines are those that can make the part. */
export interface VehicleRoute extends VehicleOnRoute {
  machines: readonly OnBoardMachine[]
}

/** A vehicle for any request: what its machines can make depends on what is asked for. */
export interface FleetVehicle extends VehicleOnRoute {
  machines: readonly FleetMachine[]
}

export interface FleetMachine {
  machineId: string
  /** Machines of one kind need equally long; where nothing is said it is of its own kind. */
  kind?: string
  /** When it has made what is queued. */
  freeAtMs: number
  /** What is queued is made of material that a stop loads, and takes so long from there. */
  freeAfter?: AfterStop
  /** What it can be fed with from stock on board; where nothing is said, with everything. */
  materials?: readonly string[]
}

/** What one machine needs for what is asked for. */
export interface Making {
  makingMinutes: number
  coolDownMinutes: number
  scrapShare?: number
  /** Not before: its instructions are not there yet, or the slot is booked. */
  notBeforeMs?: number
}

/** One stop at the buyer's door, of something that machines on board are asked for. */
export interface DeliveryRequest {
  /** Index of the buyer's place. */
  at: number
  serviceSeconds: number
  dueAtMs: number | null
  nowMs: number
}

interface Asked {
  requestId: string
  /** Index of the place where it is handed over. */
  at: number
  serviceSeconds: number
  dueAtMs: number | null
  /** Handing over begins within these hours of the door. */
  opensAtMs?: number
  closesAtMs?: number
  /** Only these vehicles are asked. */
  vehicleIds?: readonly string[]
}

/** Made by a machine of the vehicle while it drives. */
export interface MadeOnBoard extends Asked {
  kind: 'made_on_board'
  /** By kind of machine; a kind that is not named cannot make it. */
  making: Readonly<Record<string, Making>>
  /** What the machine has to be fed with; where nothing is said, whatever it has. */
  material?: string
  /** From loading the material at a stop until making can begin. */
  loadingMinutes?: number
}

/** Made, or kept, at a site: the vehicle picks it up there and then brings it. */
export interface Fetched extends Asked {
  kind: 'fetched'
  pickup: {
    at: number
    serviceSeconds: number
    readyAtMs: number
    opensAtMs?: number
    closesAtMs?: number
  }
  litres?: number
}

/** A unit that the vehicle carries anyway. */
export interface StockedOnBoard extends Asked {
  kind: 'stocked_on_board'
  itemId: string
  litres?: number
}

/**
 * A parcel that changes between a vehicle and a locker: `to_locker` by the vehicle that has it on board (its only
 * `vehicleIds`), `to_vehicle` by any that passes.
 */
export interface HandedOver extends Asked {
  kind: 'handed_over'
  direction: 'to_locker' | 'to_vehicle'
  lockerId: string
  /** When the parcel is there to be taken. */
  readyAtMs?: number
  litres?: number
}

export type DispatchRequest = MadeOnBoard | Fetched | StockedOnBoard | HandedOver

/** Compartments that are free for what vehicles bring. */
export interface LockerBank {
  lockerId: string
  freeCompartments: number
}
