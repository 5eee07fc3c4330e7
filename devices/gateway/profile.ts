// What stands at a gateway's site, as its profile file says: machines, perhaps a vehicle, perhaps a bank of lockers.
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Type, type Static } from 'typebox'
import { Place } from '../../domain/model/place.ts'
import { MachineCaps } from '../../domain/model/site.ts'
import { DeviceId } from '../contract/parts.ts'

const Chance = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))

/** How likely each fault is for a job; which jobs it hits follows from the seed. */
export const FaultChances = Type.Object(
  { refuse: Chance, fail: Chance, stall: Chance, powerCycle: Chance },
  { additionalProperties: false },
)
export type FaultChances = Static<typeof FaultChances>

export const MachineProfile = Type.Object(
  {
    machineId: DeviceId,
    caps: MachineCaps,
    /** Its pace: what is expected to take 60 s takes 30 s at 2. */
    speed: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    faults: Type.Optional(FaultChances),
    seed: Type.Optional(Type.Integer()),
    /** In the machine's time: how long it takes until what is made is off the plate. */
    harvestSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
    /** Whether somebody takes what is made off the plate; else it waits for plate.cleared. */
    attended: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type MachineProfile = Static<typeof MachineProfile>

export const VehicleProfile = Type.Object(
  {
    vehicleId: DeviceId,
    start: Place,
    /** A closed line along streets that it drives while it has no stops. */
    round: Type.Optional(Type.Array(Place, { maxItems: 5_000 })),
    /** How long it waits at a stop for a part that is not made yet, before it drives on. */
    patienceMinutes: Type.Optional(Type.Number({ minimum: 0, maximum: 1_440 })),
    /** Its pace at stops: what is planned to take 60 s takes 30 s at 2. */
    serviceSpeed: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    kmPerHour: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 200 })),
  },
  { additionalProperties: false },
)
export type VehicleProfile = Static<typeof VehicleProfile>

export const LockersProfile = Type.Object(
  {
    bankId: DeviceId,
    compartments: Type.Array(DeviceId, { minItems: 1, maxItems: 500 }),
    /** A buyer who collects by himself after so long; for load tests. */
    autoCollectSeconds: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type LockersProfile = Static<typeof LockersProfile>

export const Profile = Type.Object(
  {
    siteId: DeviceId,
    /** How much faster than the clock everything goes; 0 = at once. */
    speed: Type.Number({ minimum: 0 }),
    machines: Type.Array(MachineProfile, { maxItems: 100 }),
    vehicle: Type.Optional(VehicleProfile),
    lockers: Type.Optional(LockersProfile),
  },
  { additionalProperties: false },
)
export type Profile = Static<typeof Profile>

export function readProfile(path: string): Profile {
  const profile: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const ajv = new Ajv2020()
  if (ajv.validate<Profile>(Profile, profile)) return profile
  throw new Error(`The profile ${path} is not usable: ${ajv.errorsText(ajv.errors)}`)
}
