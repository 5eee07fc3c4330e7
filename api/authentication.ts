// Who calls: from the Authorization header to the storefront, through a cache that forgets within seconds.
import type { KeyMode } from '../storage/apiKeys.ts'
import { parseKey } from '../storage/apiKeys.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import type { Scope } from '../domain/scopes.ts'

export interface Tenant {
  storefrontId: string
  keyId: string
  mode: KeyMode
  scopes: readonly string[]
}

export interface KnownKey {
  keyId: string
  storefrontId: string
  scopes: readonly string[]
  expiresAtMs: number | null
}

interface KeyBook {
  /** The key of this hash unless it is unknown or revoked. */
  find: (hash: Buffer) => Promise<KnownKey | null>
}

export interface Authentication {
  /** Throws key_missing or key_invalid. */
  tenantOf: (authorization: string | undefined) => Promise<Tenant>
}

const cachedKeys = 10_000

export function authentication(book: KeyBook, now: () => number): Authentication {
  const cache = new Map<string, { found: Promise<KnownKey | null>; untilMs: number }>()

  function find(hash: Buffer): Promise<KnownKey | null> {
    const name = hash.toString('base64')
    const cached = cache.get(name)
    if (cached && cached.untilMs > now()) return cached.found
    if (cache.size >= cachedKeys) cache.clear()
    const found = book.find(hash)
    cache.set(name, { found, untilMs: now() + limits.keyCacheMs })
    found.catch(() => cache.delete(name))
    return found
  }

  return {
    async tenantOf(authorization) {
      const text = bearer(authorization)
      const key = parseKey(text)
      if (!key) throw invalidKey()
      const known = await find(key.hash)
      if (!known || (known.expiresAtMs !== null && known.expiresAtMs <= now())) throw invalidKey()
      const { keyId, storefrontId, scopes } = known
      return { keyId, storefrontId, scopes, mode: key.mode }
    },
  }
}

export function requireScope(tenant: Tenant, scope: Scope): void {
  if (tenant.scopes.includes(scope)) return
  throw refuse('scope_missing', { detail: `The key lacks the scope ${scope}.`, facts: { scope } })
}

function bearer(authorization: string | undefined): string {
  const [scheme, text, ...rest] = (authorization ?? '').trim().split(/ +/)
  if (!scheme) throw refuse('key_missing', { headers: challenge })
  if (scheme.toLowerCase() !== 'bearer' || !text || rest.length > 0) throw invalidKey()
  return text
}

const challenge = { 'WWW-Authenticate': 'Bearer realm="fabroute"' }

function invalidKey() {
  return refuse('key_invalid', {
    headers: { 'WWW-Authenticate': 'Bearer realm="fabroute", error="invalid_token"' },
  })
}
