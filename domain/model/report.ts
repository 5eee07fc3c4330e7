// What machines, trucks, lockers and carriers report, as the workflows hear it: nothing personal.
import { Type, type Static } from 'typebox'

/** What happened to a fulfilment on its way to the buyer. */
export const DeliveryReport = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('departed'),
      Type.Literal('arrived'),
      Type.Literal('handed_over'),
      Type.Literal('not_met'),
      Type.Literal('out_of_service'),
      Type.Literal('stored'),
      Type.Literal('opened'),
      Type.Literal('emptied'),
      Type.Literal('collected'),
      Type.Literal('in_transit'),
      Type.Literal('out_for_delivery'),
      Type.Literal('delivered'),
      Type.Literal('returned'),
      Type.Literal('lost'),
    ]),
    /** The event of a device or a carrier that says so: the same report twice has the same id. */
    reportId: Type.String(),
    atMs: Type.Number(),
  },
  { additionalProperties: false },
)
export type DeliveryReport = Static<typeof DeliveryReport>

/** How making a part ended, as the activity `make` is completed with. */
export const MadeReport = Type.Object(
  {
    machineId: Type.String(),
    attempt: Type.Number(),
    printedSeconds: Type.Number(),
    grams: Type.Number(),
    finishedAtMs: Type.Number(),
    harvestedAtMs: Type.Number(),
  },
  { additionalProperties: false },
)
export type MadeReport = Static<typeof MadeReport>
