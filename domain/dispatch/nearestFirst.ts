// Hands out what was put in by its bound, the least first.

export interface Queue<Group> {
  clear(): void
  push(bound: number, group: Group | null, row: number): void
  /** Infinity when it is empty. */
  least(): number
  /** The row of the first; -1 for a group. */
  row(): number
  /** Takes the first out: the group, or null for a row. */
  pop(): Group | null
}

/** A binary heap; of equal bounds any comes first. */
export function openQueue<Group>(): Queue<Group> {
  let bounds = new Float64Array(64)
  const groups: (Group | null)[] = []
  let rows = new Int32Array(64)
  let many = 0
  return {
    clear: () => void (many = 0),
    push,
    least: () => (many === 0 ? Infinity : bounds[0]!),
    row: () => rows[0]!,
    pop,
  }

  function push(bound: number, group: Group | null, row: number): void {
    if (bound === Infinity) return
    if (many === bounds.length) grow()
    let at = many
    many += 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (bounds[above]! <= bound) break
      move(above, at)
      at = above
    }
    set(at, bound, group, row)
  }

  function pop(): Group | null {
    const first = groups[0] ?? null
    many -= 1
    const [bound, group, row] = [bounds[many]!, groups[many] ?? null, rows[many]!]
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= many) break
      if (below + 1 < many && bounds[below + 1]! < bounds[below]!) below += 1
      if (bounds[below]! >= bound) break
      move(below, at)
      at = below
    }
    set(at, bound, group, row)
    return first
  }

  function move(from: number, to: number): void {
    set(to, bounds[from]!, groups[from] ?? null, rows[from]!)
  }

  function set(at: number, bound: number, group: Group | null, row: number): void {
    bounds[at] = bound
    groups[at] = group
    rows[at] = row
  }

  function grow(): void {
    const [moreBounds, moreRows] = [new Float64Array(2 * many), new Int32Array(2 * many)]
    moreBounds.set(bounds)
    moreRows.set(rows)
    bounds = moreBounds
    rows = moreRows
  }
}
