// The calls that most API tests begin with.
import type { Stack } from './stack.ts'
import { itemId } from './world.ts'

export const ann = { name: 'Ann Ode', email: 'ann@example.com', phone: '+1 555 0100' }
export const card = { kind: 'card', token: 'tok_visa' }
export const evergreen = { address: '742 Evergreen Terrace' }
export const oneHandle = { destination: evergreen, lines: [{ item_id: itemId, quantity: 1 }] }

export function quoteOn(api: Stack, changes: Record<string, unknown> = {}) {
  return api.post('/v1/quotes', { ...oneHandle, ...changes })
}

/** The first offer of a fresh quote. */
export async function offerOn(api: Stack, changes: Record<string, unknown> = {}): Promise<string> {
  const { body } = await quoteOn(api, changes)
  return body.offers[0].id
}

export function orderOf(offers: string[], changes: Record<string, unknown> = {}) {
  return { offers, buyer: ann, payment_method: card, ...changes }
}

export async function placedOrder(api: Stack, changes: Record<string, unknown> = {}) {
  const { body } = await api.post('/v1/orders', orderOf([await offerOn(api)], changes))
  return body
}
