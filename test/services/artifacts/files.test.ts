// Artifacts come back byte for byte or not at all, and nothing on the disk tells what they are.
import { afterAll, expect, test } from '@jest/globals'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { openArtifactFiles } from '../../../services/artifacts/files.ts'

const dir = mkdtempSync(join(tmpdir(), 'artifacts-'))
afterAll(() => rmSync(dir, { recursive: true }))

const dataKey = randomBytes(32)
const artifacts = openArtifactFiles({ dir, dataKey })
const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256)

test('whatever bytes are put come back under their hash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
      const { sha256, sizeBytes } = await artifacts.put(bytes)
      expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect(sizeBytes).toBe(bytes.length)
      expect(Buffer.from(bytes).equals(await artifacts.get(sha256))).toBe(true)
      expect(await artifacts.stat(sha256)).toEqual({ sha256, sizeBytes })
    }),
    { numRuns: 50 },
  )
})

test('the same bytes put many times at once are one whole file without drafts beside it', async () => {
  const bytes = randomBytes(300_000)
  const stats = await Promise.all([1, 2, 3, 4].map(() => artifacts.put(bytes)))
  const sha256 = stats[0]?.sha256 ?? ''
  // Other files may be there whose hashes begin in the same way.
  const beside = readdirSync(join(pathOf(sha256), '..'))
  expect(beside.filter((name) => name.startsWith(sha256))).toEqual([sha256])
  expect(bytes.equals(await artifacts.get(sha256))).toBe(true)
})

test('the plain bytes are nowhere in the file', async () => {
  const bytes = Buffer.from('solid faucet_handle '.repeat(50))
  const { sha256 } = await artifacts.put(bytes)
  expect(readFileSync(pathOf(sha256)).includes('faucet')).toBe(false)
})

test('a change of any byte of a file is found out, and putting the bytes again mends it', async () => {
  const bytes = randomBytes(40)
  const { sha256 } = await artifacts.put(bytes)
  const whole = readFileSync(pathOf(sha256))
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole)
    damaged.writeUInt8(whole.readUInt8(at) ^ 1, at)
    writeFileSync(pathOf(sha256), damaged)
    await expect(artifacts.get(sha256)).rejects.toThrow('is damaged')
  }
  writeFileSync(pathOf(sha256), whole.subarray(0, 20))
  await expect(artifacts.get(sha256)).rejects.toThrow('is damaged')
  await artifacts.put(bytes)
  expect(bytes.equals(await artifacts.get(sha256))).toBe(true)
})

test('a file does not pass for another, nor under another master key', async () => {
  const one = await artifacts.put(randomBytes(64))
  const other = await artifacts.put(randomBytes(64))
  const stranger = openArtifactFiles({ dir, dataKey: randomBytes(32) })
  await expect(stranger.get(one.sha256)).rejects.toThrow('another master key')
  writeFileSync(pathOf(one.sha256), readFileSync(pathOf(other.sha256)))
  await expect(artifacts.get(one.sha256)).rejects.toThrow('is damaged')
})

test('what is not here is said so, and a name that is no hash never becomes a path', async () => {
  const absent = 'ab'.repeat(32)
  expect(await artifacts.has(absent)).toBe(false)
  expect(await artifacts.stat(absent)).toBeNull()
  await expect(artifacts.get(absent)).rejects.toThrow('is not here')
  for (const name of ['../../etc/passwd', absent.toUpperCase(), '', `${absent}/..`]) {
    await expect(artifacts.get(name)).rejects.toThrow('named by its sha256')
    await expect(artifacts.has(name)).rejects.toThrow('named by its sha256')
  }
})
