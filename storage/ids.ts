// Makes ids: a prefix that says what it names, and a UUIDv7 in base32, so that ids sort by the time they were made.
import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const bytes = Buffer.alloc(16)
/** Drawn for many ids at once: a draw costs more than an id. */
const drawn = Buffer.alloc(4_096)
let used = drawn.length
let lastMs = 0
let counter = 0

/** `newId('ord')` = ord_ and 26 characters of lower-case Crockford base32. */
export function newId(prefix: string, nowMs = Date.now()): string {
  draw()
  const ms = tick(nowMs)
  bytes.writeUIntBE(ms, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  return `${prefix}_${base32(bytes)}`
}

function draw(): void {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  drawn.copy(bytes, 0, used, used + bytes.length)
  used += bytes.length
}

/** Within one millisecond the twelve bits after the version count up, so that ids of one process stay in order. */
function tick(nowMs: number): number {
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = bytes.readUInt16BE(6) & 0x07ff
  } else if (counter < 0x0fff) {
    counter += 1
  } else {
    lastMs += 1
    counter = 0
  }
  return lastMs
}

/** 128 bits are 25 characters of five bits and one of three, which comes first. */
function base32(source: Buffer): string {
  let rest = (source.readBigUInt64BE(0) << 64n) | source.readBigUInt64BE(8)
  let text = ''
  for (let i = 0; i < 26; i += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** When the id was made; null for what newId of that prefix cannot have made. */
export function madeAtMs(id: string, prefix: string): number | null {
  const [, text = ''] = new RegExp(`^${prefix}_([0-7][${alphabet}]{25})$`).exec(id) ?? []
  if (text === '') return null
  const bits = Array.from(text).reduce(
    (sum, character) => (sum << 5n) | BigInt(alphabet.indexOf(character)),
    0n,
  )
  const [version, variant] = [(bits >> 76n) & 0xfn, (bits >> 62n) & 0x3n]
  return version === 7n && variant === 2n ? Number(bits >> 80n) : null
}
