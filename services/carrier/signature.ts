// Signs what a carrier tells, as Standard Webhooks has it: id, time and body under a secret that both sides know.
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** A message of another day is not taken: somebody may have kept it. */
const toleranceMs = 5 * 60e3

export function signMessage(
  { id, atMs, body }: { id: string; atMs: number; body: string },
  secret: string,
): SignedHeaders {
  const timestamp = String(Math.floor(atMs / 1_000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${digest(id, timestamp, body, secret).toString('base64')}`,
  }
}

/** Several signatures may stand in the header, while a secret is being replaced; one of them must be right. */
export function isSigned(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  { secret, nowMs }: { secret: string; nowMs: number },
): boolean {
  const [id, timestamp, signatures] = [
    headers['webhook-id'],
    headers['webhook-timestamp'],
    headers['webhook-signature'],
  ]
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return false
  }
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(Number(timestamp) * 1_000 - nowMs) > toleranceMs) return false
  const right = digest(id, timestamp, body, secret)
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64')
    return (
      signature.startsWith('v1,') && given.length === right.length && timingSafeEqual(given, right)
    )
  })
}

function digest(id: string, timestamp: string, body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest()
}
