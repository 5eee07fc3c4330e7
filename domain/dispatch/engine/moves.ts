// One move of a search: some requests are taken out and put back elsewhere, and all as it was where that is no gain.
import { openChanges, type Changes } from './changes.ts'
import { openNeighbours } from './neighbours.ts'
import { isPlain } from './plainInsertion.ts'
import type { Random } from './random.ts'
import { openRecreate } from './recreate.ts'
import { openRuin, usualRuin, type RuinRules } from './ruin.ts'
import { gatherOpen, type Routes } from './routes.ts'

export interface SearchOptions {
  seed: number
  iterations: number
  ruin?: Partial<RuinRules>
  /** How often an insertion looks away from a vehicle. */
  blinkShare?: number
  /**
   * The share of the budget that is used up, asked every 32 iterations; 1 ends the search. For a
   * bench with a time instead of a count; without it equal input gives equal output.
   */
  progress?: (iteration: number) => number
}

export interface Moves {
  changes: Changes
  /** The first `many` are in no route; a move may leave others out, or fewer. */
  open: Int32Array
  /** Before the move, in the same way. */
  before: Int32Array
  /** How many are in no route at the start. */
  openAtStart: number
  /** Ruins and recreates with so many vehicles at most; answers how many are in no route then. */
  make(many: number, vehicles: number): number
  /** As it was before the move, with so many in no route. */
  takeBack(many: number): void
  /** The share of the budget that is used up. */
  progress(iteration: number): number
  /** The routes are anybody's again. */
  end(): void
}

export function openMoves(routes: Routes, random: Random, options: SearchOptions): Moves {
  routes.isPlain = isPlain(routes.problem)
  const changes = openChanges(routes)
  const neighbours = openNeighbours(routes.problem)
  const ruiner = openRuin(routes, changes, neighbours, random, { ...usualRuin, ...options.ruin })
  const builder = openRecreate(routes, changes, random, options.blinkShare)
  const { open } = ruiner
  const before = new Int32Array(open.length)
  return {
    changes,
    open,
    before,
    openAtStart: gatherOpen(routes, open),
    make(many, vehicles) {
      for (let index = 0; index < many; index += 1) before[index] = open[index]!
      return builder.recreate(open, ruiner.ruin(many), vehicles)
    },
    takeBack(many) {
      changes.undo()
      for (let index = 0; index < many; index += 1) open[index] = before[index]!
    },
    progress: options.progress ?? ((iteration) => iteration / options.iterations),
    end: () => void (routes.isPlain = false),
  }
}
