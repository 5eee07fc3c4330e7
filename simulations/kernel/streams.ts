// Draws uniform numbers that depend on nothing but seed, purpose, entity and how many the entity
// drew for that purpose before.

/**
 * A number is the cipher Threefry-2x32 with 13 rounds (Salmon et al., "Parallel random numbers:
 * as easy as 1, 2, 3", 2011: the fewest that pass all of BigCrush, a third less work than the
 * usual 20) of the counter (entity, draw) under a key made from (seed, purpose). Chosen over
 * Philox and Squares because it is nothing but 32-bit additions, rotations and exclusive ors,
 * which JavaScript has as they are (no 64-bit products), over hashes of the splitmix kind because
 * under one key no two counters can collide, and because its authors publish its statistical
 * tests and known answers.
 */
export interface Streams {
  /** The draws for one purpose, such as 'making time'; a rule that uses another moves none here. */
  purpose(name: string): Purpose
}

export interface Purpose {
  /** The sequence of one entity, 0 to 2^32 - 1, from its first draw. */
  of(entity: number): Stream
}

export interface Stream {
  /** The next number in [0, 1), a multiple of 2^-53. */
  uniform(): number
}

export function openStreams(seed: number): Streams {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`a seed is a whole number from 0 to 2^53 - 1, not ${seed}`)
  }
  return { purpose: (name) => purposeOf(seed, name) }
}

const words = 2 ** 32
/** Where a single block leaves its 64 bits: returning them would allocate. */
const block = new Int32Array(2)

function purposeOf(seed: number, name: string): Purpose {
  let [low, high] = [seed | 0, Math.floor(seed / words)]
  for (let at = 0; at < name.length; at += 1) {
    threefry(low, high, name.charCodeAt(at), at)
    low = block[0]!
    high = block[1]!
  }
  // Once more with a counter that no character has, so that no name's key is a step of another's.
  threefry(low, high, -1, name.length)
  const [key0, key1] = [block[0]!, block[1]!]
  return { of: (entity) => streamOf(key0, key1, entity) }
}

/** So many blocks in one loop take a third of the time: the processor works on several at once. */
const batch = 32
const batchOfBlocks = new Int32Array(2 * batch)
const nothing = new Float64Array(0)

/** Draws one by one at first, as most entities draw little, and then in batches: of equal numbers. */
function streamOf(key0: number, key1: number, entity: number): Stream {
  if (entity >>> 0 !== entity) throw new RangeError(`an entity is 0 to 2^32 - 1, not ${entity}`)
  let ahead = nothing
  let at = 0
  let drawn = 0
  return { uniform: () => (at < ahead.length ? ahead[at++]! : enciphered()) }

  function enciphered(): number {
    if (drawn >= words) throw new RangeError('a stream has no more than 2^32 draws')
    if (drawn < batch) {
      drawn += 1
      return uniformOf(threefry(key0, key1, entity, drawn - 1), 0)
    }
    if (ahead === nothing) ahead = new Float64Array(batch)
    threefry(key0, key1, entity, drawn, batchOfBlocks)
    for (let next = 0; next < batch; next += 1) ahead[next] = uniformOf(batchOfBlocks, next)
    drawn += batch
    at = 1
    return ahead[0]!
  }
}

/** Of the 64 bits of a block the upper 53. */
function uniformOf(blocks: Int32Array, at: number): number {
  return ((blocks[2 * at]! >>> 5) * 2 ** 26 + (blocks[2 * at + 1]! >>> 6)) * 2 ** -53
}

/** Enciphers the counter, and those that follow it while there is room for them, under the key. */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  blocks: Int32Array = block,
) {
  const key2 = 0x1bd11bda ^ key0 ^ key1
  const from0 = (counter0 + key0) | 0
  const from1 = (counter1 + key1) | 0
  for (let at = 0; at < blocks.length; at += 2) {
    let a = from0
    let b = (from1 + (at >> 1)) | 0
    a = (a + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0
    b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0
    b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0
    b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + key1) | 0
    b = (b + key2 + 1) | 0
    a = (a + b) | 0
    b = ((b << 17) | (b >>> 15)) ^ a
    a = (a + b) | 0
    b = ((b << 29) | (b >>> 3)) ^ a
    a = (a + b) | 0
    b = ((b << 16) | (b >>> 16)) ^ a
    a = (a + b) | 0
    b = ((b << 24) | (b >>> 8)) ^ a
    a = (a + key2) | 0
    b = (b + key0 + 2) | 0
    a = (a + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0
    b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0
    b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0
    b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + key0) | 0
    b = (b + key1 + 3) | 0
    a = (a + b) | 0
    b = ((b << 17) | (b >>> 15)) ^ a
    blocks[at] = a
    blocks[at + 1] = b
  }
  return blocks
}
