// API keys: how one is made, and what can be known about a text before the database is asked.
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

export type KeyMode = 'live' | 'test'

export interface MintedKey {
  /** Shown once, to whom it belongs. */
  text: string
  /** What is stored. */
  hash: Buffer
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 33 characters of base 62 are 196 bits. */
const secretLength = 33
const checksumLength = 6
const shape = /^fab_(live|test)_([0-9A-Za-z]{33})([0-9A-Za-z]{6})$/

/** A new key: mode, 196 random bits, and a checksum that tells a mistyped key from a wrong one. */
export function mintKey(mode: KeyMode): MintedKey {
  const body = `fab_${mode}_${randomText(secretLength)}`
  const text = body + checksum(body)
  return { text, hash: hashOf(text) }
}

/** Mode and hash of a well-formed key, or null; nothing is looked up. */
export function parseKey(text: string): { mode: KeyMode; hash: Buffer } | null {
  const match = shape.exec(text)
  if (!match) return null
  const body = text.slice(0, -checksumLength)
  if (checksum(body) !== match[3]) return null
  return { mode: match[1] === 'live' ? 'live' : 'test', hash: hashOf(text) }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let digit = 0; digit < checksumLength; digit++) {
    text = alphabet.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** Even over the alphabet: bytes above the largest multiple of 62 are thrown away. */
function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}
