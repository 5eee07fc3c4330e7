// What the platform asks of whoever moves money: hold, capture, release, refund, each safe to repeat under its key.
import type { PaymentMethod } from '../../domain/model/order.ts'

/**
 * A key names one effect. The same key with the same body gives the first answer again; with another body it is a
 * programmer's error. What was declined has left nothing behind: its key may be used again, also with another method.
 *
 * A declined hold throws DomainError payment_declined {reason}; what the state of the payment forbids (capturing more
 * than is held, refunding more than was captured) throws DomainError state_conflict {reason, ...}; whatever else is
 * thrown is transient.
 */
export interface Payments {
  hold(order: HoldOrder): Promise<{ reference: string }>
  /** Takes the amount, at most once; what was held beyond it is released. */
  capture(order: MoveOrder): Promise<void>
  /** Gives a hold back. One that was released or has expired already stays as it is. */
  release(order: { key: string; reference: string }): Promise<void>
  /** Gives back a part or all of what was captured; may be called again for the rest. */
  refund(order: MoveOrder): Promise<void>
  /** The payment as it stands now, or null where there is none of that reference. */
  read(reference: string): Promise<PaymentView | null>
  close(): Promise<void>
}

export interface HoldOrder {
  key: string
  amountCents: bigint
  currency: string
  method: PaymentMethod
}

export interface MoveOrder {
  key: string
  reference: string
  amountCents: bigint
}

export type PaymentStatus =
  | 'held'
  | 'captured'
  | 'partially_refunded'
  | 'refunded'
  | 'released'
  | 'expired'

export interface PaymentView {
  reference: string
  status: PaymentStatus
  currency: string
  heldCents: bigint
  capturedCents: bigint
  refundedCents: bigint
  expiresAtMs: number
}
