// Runs a call once for its Idempotency-Key and answers every repeat with the very bytes of the first answer.
import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import type { Storage, Tx } from '../storage/storage.ts'
import { render, renderProblem, send, type RenderedAnswer } from './answer.ts'
import { limits } from './limits.ts'
import { asDomainError, refuse } from './problem.ts'
import type { JsonAnswer, RawCall, Route } from './route.ts'
import { failureCatalogue } from '../domain/failure.ts'

/** The right to run a call; whoever takes longer than the lock lasts may lose it to a repeat. */
export interface Claim {
  /** Names the call to whoever else must know a repeat when it comes. */
  id: string
  /** Keeps the answer in the transaction of its effect, so that neither is there without the other. */
  seal: (tx: Pick<Tx, 'sql'>, answer: JsonAnswer) => Promise<void>
}

/** What keep_answer returns: mine, or what was kept before. */
export type KeptAnswer = Kept & { is_mine: boolean }

/** Of a call that has its effect, and claims its key, in one statement. */
export interface EffectClaim {
  /** `write` passes what it is given on to keep_answer, behind the tenant. Throws where the key was answered before. */
  sealBy: (
    answer: JsonAnswer,
    write: (kept: readonly unknown[]) => Promise<KeptAnswer[]>,
  ) => Promise<void>
}

export const noClaim: EffectClaim = {
  sealBy: async () => await Promise.reject(new Error('the call has no key')),
}

/** Undoes whatever a repeat was about to do: there is an answer. */
class AnsweredBefore extends Error {
  readonly kept: Kept | null

  constructor(kept: Kept | null) {
    super('the key of this call has an answer')
    this.kept = kept
  }
}

interface Named {
  storefrontId: string
  method: string
  path: string
  key: string
}

interface Kept {
  fingerprint: Buffer
  state: 'running' | 'done'
  status: number | null
  headers: Record<string, string> | null
  body: Buffer | null
}

export async function idempotently(
  route: Route,
  call: RawCall,
  request: Request,
  response: Response,
) {
  const { storage } = call.deps
  const { storefrontId } = call.tenant
  const named = { storefrontId, method: request.method, path: request.path, key: keyOf(request) }
  const fingerprint = fingerprintOf(call.body)
  const taken = await take(storage, named, fingerprint)
  if ('kept' in taken) {
    replay(taken.kept, fingerprint, request, response)
    return
  }
  let sealed: RenderedAnswer | null = null
  const claim: Claim = {
    id: createHash('sha256')
      .update(JSON.stringify(namesOf(named)))
      .digest('hex')
      .slice(0, 32),
    async seal(tx, answer) {
      const rendered = render(answer)
      await keep(tx, named, taken.at, rendered)
      sealed = rendered
    },
  }
  const rendered = await run(route, { ...call, claim }, request, response).catch(
    async (error: unknown) => {
      await release(storage, named, taken.at).catch(() => {}) // else the lock lapses by itself
      throw error
    },
  )
  if (!sealed) {
    await storage.asTenant(storefrontId, async (tx) => keep(tx, named, taken.at, rendered))
  }
  send(request, response, sealed ?? rendered)
}

/** Of calls with one key, the first that ends is kept; the others have no effect, and answer what it has answered. */
export async function idempotentByEffect(
  route: Route,
  call: RawCall,
  request: Request,
  response: Response,
) {
  const { storefrontId } = call.tenant
  const named = { storefrontId, method: request.method, path: request.path, key: keyOf(request) }
  const fingerprint = fingerprintOf(call.body)
  let sealed: RenderedAnswer | null = null
  const sealBy = async (
    rendered: RenderedAnswer,
    write: (kept: readonly unknown[]) => Promise<KeptAnswer[]>,
  ) => {
    const [kept] = await write(keptParams(named, fingerprint, rendered))
    if (!kept?.is_mine) throw new AnsweredBefore(kept?.fingerprint ? kept : null)
    sealed = rendered
  }
  const effectClaim: EffectClaim = {
    sealBy: async (answer, write) => await sealBy(render(answer), write),
  }
  try {
    const rendered = await run(route, { ...call, effectClaim }, request, response)
    if (!sealed) {
      await sealBy(rendered, async (kept) => await keepNow(call.deps.storage, storefrontId, kept))
    }
    send(request, response, sealed ?? rendered)
  } catch (error) {
    if (!(error instanceof AnsweredBefore)) throw error
    if (!error.kept) throw inFlight()
    replay(error.kept, fingerprint, request, response)
  }
}

/** What keep_answer is called with, behind the tenant. */
function keptParams(named: Named, fingerprint: Buffer, { status, headers, body }: RenderedAnswer) {
  const { method, path, key } = named
  const { idempotencyHours: hours, idempotencyLockSeconds: lockSeconds } = limits
  const kept = { method, path, key, status, headers, hours, lockSeconds }
  return [JSON.stringify(kept), fingerprint, body]
}

async function keepNow(storage: Storage, storefrontId: string, kept: readonly unknown[]) {
  return await storage.asTenant(
    storefrontId,
    async ({ sql }) =>
      await sql<KeptAnswer>('select * from keep_answer($1, $2, $3, $4)', [storefrontId, ...kept]),
    { durability: 'late' },
  )
}

/** A refusal is an answer to keep like any other; what failed on our side is not. */
async function run(route: Route, call: RawCall, request: Request, response: Response) {
  try {
    const given = await route.handle(call)
    if ('stream' in given) throw new Error('a stream cannot be kept for replay')
    return render(given)
  } catch (error) {
    const { status } = failureCatalogue[asDomainError(error).code]
    if (status >= 500) throw error
    return renderProblem(error, request, response)
  }
}

async function take(storage: Storage, named: Named, fingerprint: Buffer) {
  return storage.asTenant(
    named.storefrontId,
    async ({ sql }): Promise<{ at: Date } | { kept: Kept }> => {
      const names = [named.storefrontId, named.method, named.path, named.key]
      const [mine] = await sql<{ created_at: Date }>(
        `insert into idempotency as i (storefront_id, method, path, key, fingerprint, state)
       values ($1, $2, $3, $4, $5, 'running')
       on conflict (storefront_id, method, path, key) do update
         set fingerprint = excluded.fingerprint, state = 'running', status = null, headers = null,
           body = null, created_at = now()
         where i.created_at < now() - make_interval(hours => ${limits.idempotencyHours})
           or (i.state = 'running' and i.fingerprint = excluded.fingerprint
             and i.created_at < now() - make_interval(secs => ${limits.idempotencyLockSeconds}))
       returning created_at`,
        [...names, fingerprint],
      )
      if (mine) return { at: mine.created_at }
      const [kept] = await sql<Kept>(
        `select fingerprint, state, status, headers, body from idempotency
       where storefront_id = $1 and method = $2 and path = $3 and key = $4`,
        names,
      )
      if (!kept) throw inFlight()
      return { kept }
    },
    // A claim that a crash loses had no effect either: its answer would have been committed after it.
    { durability: 'late' },
  )
}

async function keep({ sql }: Pick<Tx, 'sql'>, named: Named, at: Date, rendered: RenderedAnswer) {
  const { status, headers, body } = rendered
  const kept = await sql(
    `update idempotency set state = 'done', status = $6, headers = $7, body = $8
     where storefront_id = $1 and method = $2 and path = $3 and key = $4
       and state = 'running' and created_at = $5
     returning 1`,
    [...Object.values(namesOf(named)), at, status, JSON.stringify(headers), body],
  )
  if (kept.length === 0) throw inFlight()
}

async function release(storage: Storage, named: Named, at: Date) {
  await storage.asTenant(named.storefrontId, async ({ sql }) => {
    await sql(
      `delete from idempotency where storefront_id = $1 and method = $2 and path = $3 and key = $4
         and state = 'running' and created_at = $5`,
      [...Object.values(namesOf(named)), at],
    )
  })
}

function namesOf({ storefrontId, method, path, key }: Named) {
  return { storefrontId, method, path, key }
}

function replay(kept: Kept, fingerprint: Buffer, request: Request, response: Response): void {
  if (!kept.fingerprint.equals(fingerprint)) throw refuse('idempotency_key_reused')
  if (kept.state === 'running' || kept.status === null) throw inFlight()
  const headers = { ...kept.headers, 'Idempotent-Replayed': 'true' }
  send(request, response, { status: kept.status, headers, body: kept.body ?? Buffer.alloc(0) })
}

function inFlight() {
  return refuse('idempotency_in_flight', { headers: { 'Retry-After': '1' } })
}

function keyOf(request: Request): string {
  const key = request.get('idempotency-key')
  if (!key) throw refuse('idempotency_key_missing', { param: '/headers/idempotency-key' })
  if (key.length > limits.idempotencyKeyLength || !/^[\x21-\x7e]+$/.test(key)) {
    const message = `must be 1 to ${limits.idempotencyKeyLength} visible ASCII characters`
    const error = { param: '/headers/idempotency-key', message }
    throw refuse('invalid_request', { param: error.param, errors: [error] })
  }
  return key
}

/** Of the meaning, not of the bytes: spaces and the order of fields do not make another call. */
function fingerprintOf(body: unknown): Buffer {
  const canonical = JSON.stringify(body, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(canonical).digest()
}
