// Hands out numbers by the bound they were put in with, the least first.

export interface Queue {
  clear(): void
  /** What has no bound below Infinity never comes out. */
  push(bound: number, number: number): void
  /** Infinity when it is empty. */
  least(): number
  /** Takes the first out. */
  pop(): number
}

/** A binary heap; of equal bounds any comes first. */
export function openQueue(): Queue {
  let bounds = new Float64Array(64)
  let numbers = new Int32Array(64)
  let many = 0
  return {
    clear: () => void (many = 0),
    push,
    least: () => (many === 0 ? Infinity : bounds[0]!),
    pop,
  }

  function push(bound: number, number: number): void {
    if (bound === Infinity) return
    if (many === bounds.length) grow()
    let at = many
    many += 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (bounds[above]! <= bound) break
      bounds[at] = bounds[above]!
      numbers[at] = numbers[above]!
      at = above
    }
    bounds[at] = bound
    numbers[at] = number
  }

  function pop(): number {
    const first = numbers[0]!
    many -= 1
    const bound = bounds[many]!
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= many) break
      if (below + 1 < many && bounds[below + 1]! < bounds[below]!) below += 1
      if (bounds[below]! >= bound) break
      bounds[at] = bounds[below]!
      numbers[at] = numbers[below]!
      at = below
    }
    bounds[at] = bound
    numbers[at] = numbers[many]!
    return first
  }

  function grow(): void {
    const [moreBounds, moreNumbers] = [new Float64Array(2 * many), new Int32Array(2 * many)]
    moreBounds.set(bounds)
    moreNumbers.set(numbers)
    bounds = moreBounds
    numbers = moreNumbers
  }
}
