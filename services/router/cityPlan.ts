// Lays out the demo city: where junctions are, which blocks join them, what kind of road each is.
import { seededRandom } from './random.ts'

/** Metres east and north of the city's middle. */
export interface Junction {
  x: number
  y: number
  signals: boolean
}

export type RoadClass =
  | 'trunk'
  | 'primary'
  | 'secondary'
  | 'tertiary'
  | 'residential'
  | 'living_street'

export interface Block {
  from: number
  to: number
  /** Blocks of one line follow each other and share its kind. */
  line: number
  kind: RoadClass
  oneway: boolean
  bridge: boolean
}

export interface CityPlan {
  junctions: Junction[]
  blocks: Block[]
  river: { x: number; y: number }[]
}

const SIDE = 46
const SPACING_METERS = 262
const RIVER_BANK_METERS = 110
const SPURS = 90

export function planCity(seed: number): CityPlan {
  const random = seededRandom(seed)
  const bends = { east: random() * 6, north: random() * 6, river: random() * 6 }
  const riverY = (x: number) => 850 * Math.sin(x / 2_700 + bends.river) - 500
  const grid = layJunctions(random, bends, riverY)
  const crosses = (a: number, b: number) => {
    const [from, to] = [grid.junctions[a]!, grid.junctions[b]!]
    return from.y < riverY(from.x) !== to.y < riverY(to.x)
  }
  const blocks = [
    ...gridBlocks(random, grid, crosses),
    ...diagonalBlocks(grid, crosses),
    ...spurBlocks(random, grid),
  ]
  const plan = withoutTraps(grid.junctions, blocks)
  setSignals(plan)
  const bends40 = Array.from({ length: 61 }, (_, index) => (index - 30) * 220)
  return { ...plan, river: bends40.map((x) => ({ x, y: riverY(x) })) }
}

interface Grid {
  junctions: Junction[]
  /** The junction at a column and row; undefined where the river flows. */
  at(column: number, row: number): number | undefined
}

function layJunctions(
  random: () => number,
  bends: { east: number; north: number },
  riverY: (x: number) => number,
): Grid {
  const junctions: Junction[] = []
  const cells = new Map<number, number>()
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const flatX = (column - (SIDE - 1) / 2) * SPACING_METERS + (random() - 0.5) * 150
      const flatY = (row - (SIDE - 1) / 2) * SPACING_METERS + (random() - 0.5) * 150
      const x = flatX + 240 * Math.sin(flatY / 2_900 + bends.east)
      const y = flatY + 200 * Math.sin(flatX / 3_300 + bends.north)
      if (Math.abs(y - riverY(x)) < RIVER_BANK_METERS) continue
      cells.set(row * SIDE + column, junctions.length)
      junctions.push({ x, y, signals: false })
    }
  }
  return {
    junctions,
    at: (column, row) =>
      column < 0 || column >= SIDE ? undefined : cells.get(row * SIDE + column),
  }
}

function kindOf(index: number): RoadClass {
  if (index === 3 || index === SIDE - 4) return 'trunk'
  if (index % 12 === 10) return 'primary'
  if (index % 12 === 4) return 'secondary'
  if (index % 4 === 2) return 'tertiary'
  return index % 13 === 7 ? 'living_street' : 'residential'
}

type Crosses = (a: number, b: number) => boolean

/** Rows and columns. Only large roads have bridges; small ones miss a block here and there. */
function gridBlocks(random: () => number, grid: Grid, crosses: Crosses): Block[] {
  const blocks: Block[] = []
  for (let line = 0; line < 2 * SIDE; line++) {
    const index = line % SIDE
    const kind = kindOf(index)
    const small = kind === 'residential' || kind === 'living_street'
    const oneway = kind === 'residential' && index % 5 === 1
    const forwards = index % 2 === 0
    let previous: number | undefined
    let missed = 0
    for (let step = 0; step < SIDE; step++) {
      const here = line < SIDE ? grid.at(step, index) : grid.at(index, step)
      if (here === undefined) {
        missed++
        continue
      }
      if (previous !== undefined) {
        const bridge = crosses(previous, here)
        const large = kind === 'trunk' || kind === 'primary'
        const built = (!bridge && missed === 0) || (large && missed <= 3)
        if (built && !(small && random() < 0.09)) {
          const [from, to] = forwards ? [previous, here] : [here, previous]
          blocks.push({ from, to, line, kind, oneway, bridge })
        }
      }
      previous = here
      missed = 0
    }
  }
  return blocks
}

/** Avenues across the grid: from column and row, so many steps, up or down. */
const DIAGONALS = [
  { column: 6, row: 8, steps: 33, down: false },
  { column: 8, row: 40, steps: 32, down: true },
  { column: 4, row: 24, steps: 18, down: false },
  { column: 24, row: 17, steps: 16, down: true },
]

function diagonalBlocks(grid: Grid, crosses: Crosses): Block[] {
  return DIAGONALS.flatMap(({ column, row, steps, down }, index) => {
    const blocks: Block[] = []
    for (let step = 0; step < steps; step++) {
      const rise = down ? -1 : 1
      const from = grid.at(column + step, row + rise * step)
      const to = grid.at(column + step + 1, row + rise * (step + 1))
      if (from === undefined || to === undefined || crosses(from, to)) continue
      const line = 2 * SIDE + index
      blocks.push({ from, to, line, kind: 'secondary', oneway: false, bridge: false })
    }
    return blocks
  })
}

/** Courts: short dead ends into the middle of a block. */
function spurBlocks(random: () => number, grid: Grid): Block[] {
  const blocks: Block[] = []
  for (let spur = 0; spur < SPURS; spur++) {
    const column = 4 + Math.floor(random() * (SIDE - 10))
    const row = 4 + Math.floor(random() * (SIDE - 10))
    const corner = [grid.at(column, row), grid.at(column + 1, row + 1)]
    const onDiagonal = DIAGONALS.some((diagonal) => {
      const steps = column - diagonal.column
      return Math.abs(row - diagonal.row - (diagonal.down ? -steps : steps)) < 2
    })
    const [from, across] = corner
    if (onDiagonal || from === undefined || across === undefined) continue
    const [a, b] = [grid.junctions[from]!, grid.junctions[across]!]
    const reach = 0.3 + 0.15 * random()
    const to = grid.junctions.length
    grid.junctions.push({
      x: a.x + (b.x - a.x) * reach,
      y: a.y + (b.y - a.y) * reach,
      signals: false,
    })
    const line = 2 * SIDE + DIAGONALS.length + spur
    blocks.push({ from, to, line, kind: 'residential', oneway: false, bridge: false })
  }
  return blocks
}

/** Keeps what can be reached from the ring and can reach it: one-way streets trap nobody. */
function withoutTraps(junctions: Junction[], blocks: Block[]): Omit<CityPlan, 'river'> {
  const ahead: number[][] = junctions.map(() => [])
  const behind: number[][] = junctions.map(() => [])
  for (const { from, to, oneway } of blocks) {
    ahead[from]!.push(to)
    behind[to]!.push(from)
    if (oneway) continue
    ahead[to]!.push(from)
    behind[from]!.push(to)
  }
  const middle = blocks.find(({ kind }) => kind === 'trunk')!.from
  const out = reached(ahead, middle)
  const back = reached(behind, middle)
  const numbers = new Map<number, number>()
  const kept = junctions.filter((_, index) => {
    const keep = out.has(index) && back.has(index)
    if (keep) numbers.set(index, numbers.size)
    return keep
  })
  const joined = blocks.filter(({ from, to }) => numbers.has(from) && numbers.has(to))
  return {
    junctions: kept,
    blocks: joined.map((block) => {
      const ends = { from: numbers.get(block.from)!, to: numbers.get(block.to)! }
      return Object.assign(block, ends)
    }),
  }
}

function reached(next: number[][], start: number): Set<number> {
  const seen = new Set([start])
  for (const here of seen) for (const there of next[here]!) seen.add(there)
  return seen
}

/** Traffic lights where two large roads cross. */
function setSignals({ junctions, blocks }: Omit<CityPlan, 'river'>): void {
  const lines = new Map<number, Set<number>>()
  for (const { from, to, line, kind } of blocks) {
    if (kind !== 'primary' && kind !== 'secondary' && kind !== 'trunk') continue
    for (const end of [from, to]) lines.set(end, (lines.get(end) ?? new Set()).add(line))
  }
  for (const [end, meeting] of lines) junctions[end]!.signals = meeting.size > 1
}
