// Paths by which an artifact is downloaded without a key: signed by the platform, good until they expire.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export interface Link {
  sha256: string
  expiresAtMs: number
}

/** `/artifacts/<sha256>?expires=<unix seconds>&signature=<base64url>`; whoever serves it puts the host before it. */
export function signLink({ sha256, expiresAtMs }: Link, dataKey: Uint8Array): string {
  const expires = String(Math.floor(expiresAtMs / 1000))
  const signature = signatureOf(sha256, expires, dataKey).toString('base64url')
  return `/artifacts/${sha256}?expires=${expires}&signature=${signature}`
}

export type LinkVerdict =
  | { ok: true; sha256: string }
  | { ok: false; reason: 'malformed' | 'forged' | 'expired' }

/** Judges the path and query of a request as they came. */
export function checkLink(path: string, dataKey: Uint8Array, nowMs: number): LinkVerdict {
  const [, sha256, expires, signature] = shape.exec(path) ?? []
  if (!sha256 || !expires || !signature) return { ok: false, reason: 'malformed' }
  const given = Buffer.from(signature, 'base64url')
  const right = signatureOf(sha256, expires, dataKey)
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    return { ok: false, reason: 'forged' }
  }
  if (Number(expires) * 1000 <= nowMs) return { ok: false, reason: 'expired' }
  return { ok: true, sha256 }
}

const shape = /^\/artifacts\/([0-9a-f]{64})\?expires=(\d{1,12})&signature=([\w-]{43})$/

function signatureOf(sha256: string, expires: string, dataKey: Uint8Array): Buffer {
  const key = Buffer.from(hkdfSync('sha256', dataKey, '', 'fabroute/artifacts/links', 32))
  return createHmac('sha256', key).update(`${sha256}\n${expires}`).digest()
}
