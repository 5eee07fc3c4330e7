// Encrypts what is personal: AES-256-GCM under a key per storefront or buyer, bound to table, column and row.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import { hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { DomainError } from '../domain/failure.ts'
import { newId } from './ids.ts'
import type { Sql } from './storage.ts'

/** Where a ciphertext lives; the same bytes in another row, column or table do not decrypt. */
export interface Cell {
  table: string
  column: string
  rowId: string
}

/** Whose key encrypts it: the buyer's where there is a buyer, so that erasing the buyer erases it. */
export interface KeyOwner {
  storefrontId: string
  buyerId?: string | null
}

export type Decrypted<T> = { value: T; reason: null } | { value: null; reason: 'erased' }

export interface PersonalData {
  encrypt: (on: { sql: Sql }, cell: Cell, owner: KeyOwner, value: unknown) => Promise<Buffer>
  decrypt: <T>(on: { sql: Sql }, cell: Cell, ciphertext: Uint8Array) => Promise<Decrypted<T>>
  /** Finds a value without storing it: equal values of one storefront have equal indexes. */
  blindIndex: (storefrontId: string, value: string) => Buffer
  /** Drops the buyer's key: nothing that it encrypted can be read again, here or in a backup. */
  eraseBuyer: (on: { sql: Sql }, buyerId: string) => Promise<void>
}

/** How long an unwrapped key is kept in memory: also how long another process may still read an erased buyer. */
const cacheMs = 30_000
const cacheSize = 1_000

interface DataKeyRow {
  id: string
  wrapped: Buffer | null
  /** Committed before this transaction began: it will not be gone when this one is rolled back. */
  settled: boolean
}

export function personalData(masterHex: string | undefined): PersonalData {
  const master = () => masterKey(masterHex)
  const cache = new Map<string, { key: KeyObject; untilMs: number }>()
  /** The storefronts' own keys, which nobody erases: every quote needs one. */
  const ownKeys = new Map<string, DataKeyRow>()

  const unwrapped = (row: Pick<DataKeyRow, 'id' | 'wrapped'>): KeyObject | null => {
    if (row.wrapped === null) return null
    const cached = cache.get(row.id)
    if (cached && cached.untilMs > Date.now()) return cached.key
    // Once for all that it seals: from bytes it would be made anew each time.
    const key = createSecretKey(open(master(), row.wrapped, keyAad(row.id)))
    if (cache.size >= cacheSize) cache.clear()
    cache.set(row.id, { key, untilMs: Date.now() + cacheMs })
    return key
  }

  return {
    async encrypt({ sql }, cell, owner, value) {
      const isBuyers = typeof owner.buyerId === 'string'
      const known = isBuyers ? undefined : ownKeys.get(owner.storefrontId)
      const row = known ?? (await keyOf(sql, owner, master()))
      if (ownKeys.size >= cacheSize) ownKeys.clear()
      if (!isBuyers && row.settled) ownKeys.set(owner.storefrontId, row)
      const key = unwrapped(row)
      if (key === null) throw new DomainError('buyer_unknown', { buyerId: owner.buyerId ?? null })
      const header = headerOf(row.id)
      const aad = Buffer.concat([header, cellAad(cell)])
      return Buffer.concat([header, seal(key, Buffer.from(JSON.stringify(value)), aad)])
    },

    async decrypt({ sql }, cell, ciphertext) {
      const bytes = Buffer.from(ciphertext)
      const { keyId, header } = readHeader(bytes)
      const cached = cache.get(keyId)
      let key = cached && cached.untilMs > Date.now() ? cached.key : null
      if (key === null) {
        const [row] = await sql<Omit<DataKeyRow, 'settled'>>(
          'select id, wrapped from data_key where id = $1',
          [keyId],
        )
        key = row ? unwrapped(row) : null
      }
      if (key === null) return { value: null, reason: 'erased' }
      const aad = Buffer.concat([header, cellAad(cell)])
      const value = JSON.parse(open(key, bytes.subarray(header.length), aad).toString())
      return { value, reason: null }
    },

    blindIndex(storefrontId, value) {
      const derived = Buffer.from(
        hkdfSync('sha256', master(), storefrontId, 'fabroute blind index', 32),
      )
      return createHmac('sha256', derived).update(value.trim().toLowerCase()).digest()
    },

    async eraseBuyer({ sql }, buyerId) {
      const keys = await sql<{ id: string }>(
        `with buyer_erased as (
           update buyer set personal = null, email_index = null, erased_at = now() where id = $1)
         update data_key set wrapped = null, erased_at = now()
         where buyer_id = $1 and wrapped is not null returning id`,
        [buyerId],
      )
      for (const { id } of keys) cache.delete(id)
    },
  }
}

/** The owner's key, made on first use; of two that make it at once, one wins and both use it. */
async function keyOf(sql: Sql, owner: KeyOwner, master: Buffer): Promise<DataKeyRow> {
  const params = [owner.storefrontId, owner.buyerId ?? null]
  const found = await sql<DataKeyRow>(selectKey, params)
  if (found[0]) return found[0]
  const id = newId('dky')
  const wrapped = seal(master, randomBytes(32), keyAad(id))
  await sql(
    `insert into data_key (id, storefront_id, buyer_id, wrapped) values ($3, $1, $2, $4)
     on conflict do nothing`,
    [...params, id, wrapped],
  )
  const [made] = await sql<DataKeyRow>(selectKey, params)
  if (!made) throw new Error('A data key was made and is not there')
  return made
}
const selectKey = `select id, wrapped, created_at < now() as settled from data_key
  where storefront_id = $1 and coalesce(buyer_id, '') = coalesce($2, '')`

function masterKey(hex: string | undefined): Buffer {
  const key = Buffer.from(hex ?? '', 'hex')
  if (key.length !== 32) throw new Error('DATA_KEY must be 32 bytes in hex')
  return key
}

/** Nonce, tag, ciphertext. */
function seal(key: Buffer | KeyObject, plain: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function open(key: Buffer | KeyObject, sealed: Uint8Array, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAAD(aad).setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()])
}

/** Version, length of the key's id, the id: says which key opens the rest. */
function headerOf(keyId: string): Buffer {
  return Buffer.concat([Buffer.from([1, keyId.length]), Buffer.from(keyId)])
}

function readHeader(bytes: Buffer): { keyId: string; header: Buffer } {
  if (bytes[0] !== 1) throw new Error(`Unknown version ${bytes[0]} of a ciphertext`)
  const header = bytes.subarray(0, 2 + (bytes[1] ?? 0))
  return { keyId: header.subarray(2).toString(), header }
}

function cellAad({ table, column, rowId }: Cell): Buffer {
  return Buffer.from(`|${table}|${column}|${rowId}`)
}

function keyAad(id: string): Buffer {
  return Buffer.from(`data_key|wrapped|${id}`)
}
