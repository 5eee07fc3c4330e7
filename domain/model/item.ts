// What a catalogue offers: an item, what it is made of, and where the instructions for making it are.
import { Type, type Static } from 'typebox'

export const Process = Type.Union([
  Type.Literal('fdm'),
  Type.Literal('sla'),
  Type.Literal('sls'),
  Type.Literal('cnc'),
])
export type Process = Static<typeof Process>

export const SizeMm = Type.Object(
  { x: Type.Number(), y: Type.Number(), z: Type.Number() },
  { additionalProperties: false },
)
export type SizeMm = Static<typeof SizeMm>

/** Where the 3D instructions are: kept here as an artifact, or fetched from the supplier's own server. */
export const Instructions = Type.Object(
  {
    kind: Type.Union([Type.Literal('stl'), Type.Literal('gcode')]),
    source: Type.Union([Type.Literal('here'), Type.Literal('supplier')]),
    /** Known for what is kept here; for the supplier's, the hash that the fetched file must have. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    url: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Instructions = Static<typeof Instructions>

export const Item = Type.Object(
  {
    id: Type.String(),
    supplierId: Type.String(),
    title: Type.String(),
    description: Type.String(),
    /** Listed as made on demand, as taken from stock, or as either. */
    made: Type.Boolean(),
    stocked: Type.Boolean(),
    process: Process,
    materials: Type.Array(Type.String()),
    colours: Type.Array(Type.String()),
    sizeMm: SizeMm,
    massGrams: Type.Number(),
    /** Nominal making time of one unit on a machine of speed 1. */
    makingMinutes: Type.Number(),
    resolutionMicrons: Type.Number(),
    priceCents: Type.BigInt(),
    royaltyCents: Type.BigInt(),
    currency: Type.String(),
    /** The code of the policy that restricts who may have it, if any. */
    restriction: Type.Union([Type.String(), Type.Null()]),
    licenceId: Type.String(),
    instructions: Instructions,
  },
  { additionalProperties: false },
)
export type Item = Static<typeof Item>

/** What the buyer chose from the finite list of an item. */
export const Customization = Type.Object(
  {
    material: Type.String({ minLength: 1, maxLength: 40 }),
    colour: Type.String({ minLength: 1, maxLength: 40 }),
    scale: Type.Number({ minimum: 0.25, maximum: 4 }),
  },
  { additionalProperties: false },
)
export type Customization = Static<typeof Customization>
