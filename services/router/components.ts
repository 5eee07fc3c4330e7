// Finds which arcs can reach each other, so that nobody is snapped onto a road that leads nowhere.
import type { Turns } from './turns.ts'

/** A component of this many arcs counts as a road network of its own, as in OSRM. */
const BIG_ARCS = 1_000

export interface Components {
  component: Int32Array
  big: Uint8Array
}

export function markComponents(arcCount: number, turns: Turns): Components {
  const component = stronglyConnected(arcCount, turns)
  const sizes = new Map<number, number>()
  for (const id of component) sizes.set(id, (sizes.get(id) ?? 0) + 1)
  let largest = 0
  for (const size of sizes.values()) largest = Math.max(largest, size)
  const enough = Math.min(BIG_ARCS, largest)
  const isBig = (id: number) => (sizes.get(id) ?? 0) >= enough
  return { component, big: Uint8Array.from(component, (id) => (isBig(id) ? 1 : 0)) }
}

/** Tarjan's algorithm with a stack of its own: streets are longer than the call stack is deep. */
function stronglyConnected(arcCount: number, { out }: Turns): Int32Array {
  const component = new Int32Array(arcCount).fill(-1)
  const order = new Int32Array(arcCount).fill(-1)
  const low = new Int32Array(arcCount)
  const cursor = out.first.slice()
  const path: number[] = []
  const open: number[] = []
  let visited = 0
  let components = 0

  for (let root = 0; root < arcCount; root++) {
    if (order[root] !== -1) continue
    path.push(root)
    while (path.length > 0) {
      const arc = path.at(-1) ?? 0
      if (order[arc] === -1) {
        order[arc] = low[arc] = visited++
        open.push(arc)
      }
      const turn = cursor[arc] ?? 0
      if (turn < (out.first[arc + 1] ?? 0)) {
        cursor[arc] = turn + 1
        const next = out.arc[turn] ?? 0
        if (order[next] === -1) path.push(next)
        else if (component[next] === -1) low[arc] = Math.min(low[arc] ?? 0, order[next] ?? 0)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[arc] ?? 0)
      if (low[arc] !== order[arc]) continue
      for (let member = -1; member !== arc;) {
        member = open.pop() ?? arc
        component[member] = components
      }
      components++
    }
  }
  return component
}
