// What a dispatcher of a day between factories is told at each decision, and what it answers.
import type { Factory, FactoryVehicle, Ways } from './factoryDay.ts'

/** Known before the day: all but its orders. */
export interface Fleet {
  factories: readonly Factory[]
  vehicles: readonly FactoryVehicle[]
  ways: Ways
}

/** A load whose order has come and that was not unloaded yet. */
export interface OpenLoad {
  load: number
  order: number
  pickup: number
  delivery: number
  createdSeconds: number
  dueSeconds: number
  quarters: number
}

export interface VehicleState {
  /** Where it stands, or stood last. */
  at: number
  /** When its service there ends or ended. */
  freeAtSeconds: number
  /** Given before and not reached yet: binding. */
  destination: { factory: number; arrivesAtSeconds: number } | null
  /** As they will be once its service ends; the last can be unloaded first. */
  onBoard: readonly OpenLoad[]
}

export interface Situation {
  atSeconds: number
  /** In no vehicle yet, in the order in which they came. */
  waiting: readonly OpenLoad[]
  vehicles: readonly VehicleState[]
  /** Of each factory, from when each dock is free for who arrives next. */
  docksFreeAt: readonly Float64Array[]
}

export interface PlannedStop {
  factory: number
  /** Loads, in this order, before any is loaded. */
  unload: readonly number[]
  load: readonly number[]
}

/** Of each vehicle its stops from now on; the first is its destination, without any it stays. */
export type Dispatcher = (situation: Situation) => readonly (readonly PlannedStop[])[]
