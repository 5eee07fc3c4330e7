// Draws the engine's random numbers: a pure function of the seed, small and fast enough for a hot loop.

export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
}

/** Xoshiro128** of Blackman and Vigna; its state is filled by splitmix32 from the seed. */
export function randomOf(seed: number): Random {
  const state = new Int32Array(4)
  let word = (seed ^ Math.floor(seed / 2 ** 32)) | 0
  for (let index = 0; index < 4; index += 1) {
    word = (word + 0x9e3779b9) | 0
    let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    state[index] = mixed ^ (mixed >>> 15)
  }
  return {
    uniform: () => (next() >>> 0) * 2 ** -32,
    below: (limit) => Math.floor((next() >>> 0) * 2 ** -32 * limit),
  }

  function next(): number {
    const first = state[0]!
    const second = state[1]!
    const spun = Math.imul(second, 5)
    const result = Math.imul((spun << 7) | (spun >>> 25), 9)
    const third = state[2]! ^ first
    const fourth = state[3]! ^ second
    state[1] = second ^ third
    state[0] = first ^ fourth
    state[2] = third ^ (second << 9)
    state[3] = (fourth << 11) | (fourth >>> 21)
    return result
  }
}
