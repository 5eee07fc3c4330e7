// Remembers the ways from and to roads that are asked about again and again, as those of sites and of
// the stops of trucks are, whatever the other place is: then no search is made.
import type { RoadGraph } from './graph.ts'
import { partsOf, UNREACHED } from './search.ts'
import type { Cost, Direction, Reached, Search } from './search.ts'
import type { OnRoad } from './snap.ts'

export interface Memory {
  /** What the ways cost from the hub to each end ('out'), or from each end to it ('into'); null: that is not known. */
  costs(direction: Direction, hub: OnRoad, ends: readonly (OnRoad | null)[]): (Cost | null)[] | null
}

/** On the demo city some 550 roads each way. */
const mostBytes = 96 * 2 ** 20
/** So many roads are learned with one question: each costs a search. */
const mostLearned = 8
/** A road is forgotten for one of many new ones only if so many questions have not named it. */
const idleQuestions = 1_000

export function createMemory(graph: RoadGraph, search: Search, bytes = mostBytes): Memory {
  const mostRoads = Math.floor(bytes / 2 / (4 * figures * graph.arcCount))
  const books = { out: emptyBook(mostRoads), into: emptyBook(mostRoads) }
  const parts = new WeakMap<OnRoad, Parts>()
  const partsAt = (point: OnRoad): Parts => {
    const found = parts.get(point) ?? partsOf(graph, point)
    parts.set(point, found)
    return found
  }

  return {
    costs(direction, hub, ends) {
      const book = books[direction]
      const asked = new Set(ends.flatMap((end) => end?.arcs ?? []))
      if (asked.size > mostRoads) return null
      const unknown = unknownOf(book, asked)
      const isMany = unknown.length > mostLearned
      const idleSince = isMany ? book.question - idleQuestions : book.question
      for (const arc of unknown.slice(0, mostLearned)) {
        const road = roomFor(book, graph.arcCount, idleSince)
        if (!road) return null
        // The other way round: from the end, back to wherever the hub may be.
        fill(road, search.everywhere(arc, direction === 'out' ? 'into' : 'out'))
        Object.assign(road, { arc, named: book.question })
        book.roads.set(arc, road)
      }
      if (isMany) return null
      const start = partsAt(hub)
      return ends.map((end) => end && best(book, direction, start, partsAt(end)))
    },
  }
}

interface Book {
  mostRoads: number
  roads: Map<number, Road>
  /** How many there were. */
  question: number
}

interface Road {
  arc: number
  /** The last question in which it was named. */
  named: number
  /** Weight, deciseconds and metres of each arc, side by side. Weights are below 2 ** 24, and so they are exact. */
  costs: Float32Array
}

const figures = 3

type Parts = ReturnType<typeof partsOf>

function emptyBook(mostRoads: number): Book {
  return { mostRoads, roads: new Map(), question: 0 }
}

function unknownOf(book: Book, asked: Iterable<number>): number[] {
  book.question += 1
  const unknown: number[] = []
  for (const arc of asked) {
    const road = book.roads.get(arc)
    if (road) road.named = book.question
    else unknown.push(arc)
  }
  return unknown
}

/** Null where there is no room, and no road has been idle for long enough. */
function roomFor({ roads, mostRoads }: Book, arcCount: number, idleSince: number): Road | null {
  if (roads.size < mostRoads) {
    return { arc: -1, named: 0, costs: new Float32Array(figures * arcCount) }
  }
  let oldest: Road | null = null
  for (const road of roads.values()) {
    if (road.named < (oldest?.named ?? idleSince)) oldest = road
  }
  if (oldest) roads.delete(oldest.arc)
  return oldest
}

function fill({ costs }: Road, { weight, deciseconds, meters }: Reached): void {
  for (let arc = 0, at = 0; arc < weight.length; arc++, at += figures) {
    costs[at] = weight[arc]!
    costs[at + 1] = deciseconds[arc]!
    costs[at + 2] = meters[arc]!
  }
}

/** As the search finds it: through the turns between two roads, or further along the very road on which both are. */
function best({ roads }: Book, direction: Direction, hub: Parts, end: Parts): Cost | null {
  const [near, far] =
    direction === 'out' ? (['after', 'before'] as const) : (['before', 'after'] as const)
  let least = UNREACHED
  let cost: Cost | null = null
  for (const arrival of end) {
    const { costs } = roads.get(arrival.arc)!
    const last = arrival[far]
    for (const leave of hub) {
      const at = figures * leave.arc
      const first = leave[near]
      const total = first.weight + costs[at]! + last.weight
      if (total < least) {
        least = total
        cost = {
          weight: total,
          deciseconds: first.deciseconds + costs[at + 1]! + last.deciseconds,
          meters: first.meters + costs[at + 2]! + last.meters,
        }
      }
      if (leave.arc !== arrival.arc) continue
      const ahead = direction === 'out' ? along(leave, arrival) : along(arrival, leave)
      if (ahead.meters < 0 || ahead.weight > least) continue
      least = ahead.weight
      cost = ahead
    }
  }
  return cost
}

function along(from: Parts[number], to: Parts[number]): Cost {
  return {
    weight: to.before.weight - from.before.weight,
    deciseconds: to.before.deciseconds - from.before.deciseconds,
    meters: to.before.meters - from.before.meters,
  }
}
