// Who is there: a site's gateway, the platform, and which events the platform has written down.
import { Type, type Static } from 'typebox'
import { AtMs, DeviceId, strict } from './parts.ts'

/** Retained, and the last will with online false. */
export const GatewayState = strict({
  bootId: Type.String(),
  online: Type.Boolean(),
  atMs: AtMs,
  machines: Type.Array(DeviceId, { maxItems: 500 }),
})
export type GatewayState = Static<typeof GatewayState>

/** Retained: a bridge has subscribed; gateways send what is not acknowledged. */
export const PlatformState = strict({ online: Type.Boolean(), by: Type.String(), atMs: AtMs })
export type PlatformState = Static<typeof PlatformState>

/**
 * The events that are safely in the platform's database. PUBACK says only that the broker has a message
 * (QoS 1 is hop by hop), so a gateway keeps an event until it is named here.
 */
export const Acknowledgement = strict({
  events: Type.Array(
    Type.Object(
      { bootId: Type.String({ maxLength: 60 }), evtSeq: Type.Integer({ minimum: 1 }) },
      { additionalProperties: false },
    ),
    { maxItems: 500 },
  ),
})
export type Acknowledgement = Static<typeof Acknowledgement>
