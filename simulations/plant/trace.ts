// Sums up every event of a day in 64 bits: days with equal sums had equal events in equal order.

export interface Trace {
  note: (seconds: number, what: number, a: number, b: number) => void
  events: () => number
  /** Sixteen hexadecimal digits. */
  hash: () => string
}

/** Multiplications of 32 bits, rotations and exclusive ors: the same on every machine. */
export function openTrace(): Trace {
  // Both halves of the sum, and how many events there were; closures would box plain variables.
  const state = Int32Array.of(0x2545f491, 0x6c078965, 0)
  const mix = (value: number) => {
    const one = Math.imul(state[0]! ^ value, 0x5bd1e995)
    const other = Math.imul(state[1]! ^ value, 0x27d4eb2f)
    state[0] = one ^ (one >>> 15)
    state[1] = ((other << 13) | (other >>> 19)) ^ state[0]
  }
  return {
    note(seconds, what, a, b) {
      mix(Math.round(seconds * 1_000) | 0)
      mix(what)
      mix(a)
      mix(b)
      state[2]! += 1
    },
    events: () => state[2]!,
    hash: () => [state[0]!, state[1]!].map(hexadecimal).join(''),
  }
}

function hexadecimal(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0')
}
