// Places with machines or stock, and what stands in them: machines, vehicles, lockers.
import { Type, type Static } from 'typebox'
import { Process, SizeMm } from './item.ts'
import { Place } from './place.ts'

export const SiteKind = Type.Union([
  Type.Literal('warehouse'),
  Type.Literal('truck'),
  Type.Literal('lockers'),
  Type.Literal('kiosk'),
  Type.Literal('home'),
])
export type SiteKind = Static<typeof SiteKind>

export const Site = Type.Object(
  {
    id: Type.String(),
    kind: SiteKind,
    name: Type.String(),
    region: Type.String(),
    /** Where it stands; for a truck, where it was seen last. */
    place: Place,
  },
  { additionalProperties: false },
)
export type Site = Static<typeof Site>

export const MachinePhase = Type.Union([
  Type.Literal('OFFLINE'),
  Type.Literal('IDLE'),
  Type.Literal('READY'),
  Type.Literal('PREPARING'),
  Type.Literal('PRINTING'),
  Type.Literal('PAUSED'),
  Type.Literal('FINISHED'),
  Type.Literal('HARVESTED'),
  Type.Literal('STOPPED'),
  Type.Literal('ATTENTION'),
  Type.Literal('ERROR'),
  Type.Literal('MAINTENANCE'),
])
export type MachinePhase = Static<typeof MachinePhase>

export const LoadedMaterial = Type.Object(
  { material: Type.String(), colour: Type.String(), grams: Type.Number() },
  { additionalProperties: false },
)
export type LoadedMaterial = Static<typeof LoadedMaterial>

/** What a machine can do, as its gateway announces it. */
export const MachineCaps = Type.Object(
  {
    process: Process,
    volumeMm: SizeMm,
    resolutionMicrons: Type.Number(),
    materials: Type.Array(LoadedMaterial, { maxItems: 32 }),
    instructionKinds: Type.Array(Type.String(), { maxItems: 8 }),
    keyId: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type MachineCaps = Static<typeof MachineCaps>

export const Machine = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    model: Type.String(),
    caps: MachineCaps,
    phase: MachinePhase,
    plateClear: Type.Boolean(),
    /** Between 0 and 1, learned from outcomes. */
    rating: Type.Number(),
    /** Making time = the item's nominal minutes / speed. */
    speed: Type.Number(),
    coolDownMinutes: Type.Number(),
    centsPerMinute: Type.BigInt(),
    /** Taken out of service by its operator. */
    enabled: Type.Boolean(),
    lastSeenAtMs: Type.Union([Type.Number(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Machine = Static<typeof Machine>

/** A stop that a vehicle has still to make, in driving order. */
export const Stop = Type.Object(
  {
    id: Type.String(),
    place: Place,
    label: Type.String(),
    /** Null for the vehicle's own round (groceries at number 744). */
    fulfilmentId: Type.Union([Type.String(), Type.Null()]),
    serviceSeconds: Type.Number(),
    /** When what is handed over here is made; 0 where nothing has to be waited for. */
    readyAtMs: Type.Number(),
    /** Planned arrival. */
    dueAtMs: Type.Union([Type.Number(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Stop = Static<typeof Stop>

export const Vehicle = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    name: Type.String(),
    region: Type.String(),
    inService: Type.Boolean(),
    place: Place,
    /** Version of the stop list: rises with each change. */
    stopsVersion: Type.Number(),
    stops: Type.Array(Stop),
    shiftEndsAtMs: Type.Number(),
    /** In the driver's day so far. */
    drivenSeconds: Type.Number(),
  },
  { additionalProperties: false },
)
export type Vehicle = Static<typeof Vehicle>

export const Compartment = Type.Object(
  { id: Type.String(), siteId: Type.String(), label: Type.String(), sizeMm: SizeMm },
  { additionalProperties: false },
)
export type Compartment = Static<typeof Compartment>
