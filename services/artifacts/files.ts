// Artifacts as encrypted files: a random key for each, wrapped by the master key in the file's own header.
import assert from 'node:assert/strict'
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Artifacts, ArtifactStat } from './artifacts.ts'

export interface ArtifactFilesOptions {
  dir: string
  /** The master key DATA_KEY: 32 bytes. */
  dataKey: Uint8Array
}

/**
 * A file is: magic and version (4), wrapped key (nonce 12, key 32, tag 16), contents (nonce 12, bytes, tag 16), all
 * AES-256-GCM. The name is authenticated with both, so that one file cannot stand in for another.
 */
const magic = Buffer.from('FAB\x01', 'latin1')
const sealBytes = 12 + 16
const headerBytes = magic.length + sealBytes + 32
const overheadBytes = headerBytes + sealBytes

export function openArtifactFiles({ dir, dataKey }: ArtifactFilesOptions): Artifacts {
  assert.equal(dataKey.length, 32, 'the master key has 32 bytes')
  const wrapKey = Buffer.from(hkdfSync('sha256', dataKey, '', 'fabroute/artifacts/wrap', 32))
  const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256)

  return {
    async put(bytes) {
      const sha256 = hashOf(bytes)
      const path = pathOf(sha256)
      // A damaged file is written anew: who puts the bytes again has what mends it.
      const kept = await read(path)
      const intact = kept !== null && plainOf(kept, sha256, wrapKey) !== null
      if (!intact) await writeWhole(path, sealed(bytes, sha256, wrapKey))
      return { sha256, sizeBytes: bytes.length }
    },

    async get(sha256) {
      assertName(sha256)
      const file = await read(pathOf(sha256))
      if (!file) throw new Error(`The artifact ${sha256} is not here.`)
      const plain = plainOf(file, sha256, wrapKey)
      if (!plain) throw new Error(`The artifact ${sha256} is damaged, or of another master key.`)
      return plain
    },

    async has(sha256) {
      return (await sizeOf(pathOf(sha256), sha256)) !== null
    },

    async stat(sha256) {
      return sizeOf(pathOf(sha256), sha256)
    },
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Names become paths: nothing but a hash may. */
function assertName(sha256: string): void {
  assert.match(sha256, /^[0-9a-f]{64}$/, 'an artifact is named by its sha256')
}

async function sizeOf(path: string, sha256: string): Promise<ArtifactStat | null> {
  assertName(sha256)
  const file = await stat(path).catch(unlessMissing)
  return file ? { sha256, sizeBytes: file.size - overheadBytes } : null
}

function sealed(bytes: Uint8Array, sha256: string, wrapKey: Buffer): Buffer {
  const key = randomBytes(32)
  return Buffer.concat([magic, ...seal(key, wrapKey, sha256), ...seal(bytes, key, sha256)])
}

/** The plain bytes, or null where anything about the file is not as it was written. */
function plainOf(file: Buffer, sha256: string, wrapKey: Buffer): Buffer | null {
  if (file.length < overheadBytes || !file.subarray(0, magic.length).equals(magic)) return null
  try {
    const key = unseal(file.subarray(magic.length, headerBytes), wrapKey, sha256)
    const plain = unseal(file.subarray(headerBytes), key, sha256)
    return hashOf(plain) === sha256 ? plain : null
  } catch {
    // GCM's tag did not fit.
    return null
  }
}

function seal(plain: Uint8Array, key: Buffer, name: string): Buffer[] {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const hidden = [cipher.update(plain), cipher.final()]
  return [nonce, ...hidden, cipher.getAuthTag()]
}

function unseal(box: Buffer, key: Buffer, name: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12))
  decipher.setAAD(Buffer.from(name)).setAuthTag(box.subarray(-16))
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()])
}

/** The file appears under its name whole, or not at all, also when the power goes. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${randomUUID()}.draft`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const entry = await open(folder, 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

async function read(path: string): Promise<Buffer | null> {
  return readFile(path).catch(unlessMissing)
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
