// Which vehicles may come near enough to be worth a look, nearest first. It never changes a choice: what it leaves out
// is proven to cost more, or to break a limit, by straight lines that no road undercuts.
import type { Ask } from './ask.ts'
import type { FleetTable } from './fleetTable.ts'
import { openQueue } from './nearestFirst.ts'
import type { Plane } from './routeTimes.ts'

export interface Corridor {
  /** After a row was written. */
  write(row: number): void
  clear(row: number): void
  aim(ask: Ask): void
  /** The next row that may cost less than `bound` or as much; -1 when there is none. */
  next(bound: number): number
  /** What every place of a row costs at least; Infinity where a limit keeps all of them out. */
  least(row: number): number
}

// What is known of a vehicle's free way, or of all in a cell: a box with the worst of each figure.
const MIN_X = 0
const MAX_X = 1
const MIN_Y = 2
const MAX_Y = 3
const LEG_SECONDS = 4
const LEG_METERS = 5
const DEPARTS = 6
const DAY_HOURS = 7
const IS_NEW = 8
/** When the first of its machines is free. */
const FREE = 9
const size = 10
const nothing = [Infinity, -Infinity, Infinity, -Infinity, 0, 0, Infinity, 0, 1, Infinity]

interface Cell {
  level: number
  parent: Cell | null
  key: string
  rows: number[]
  cells: Cell[]
  box: Float64Array
  /** Writes that may have left the box wider than it has to be. */
  stale: number
}

/** Cells of a level are so many times as wide as those of the level below. */
const widening = 8
const levels = 3
const rowsPerCell = 6
const staleAtMost = 24

export function openCorridor(table: FleetTable, plane: Plane): Corridor {
  const queue = openQueue<Cell>()
  const goal = openGoal(table, plane)
  let boxes = new Float64Array(0)
  let leaves: (Cell | null)[] = []
  let cells = new Map<string, Cell>()
  let roots: Cell[] = []
  let width = 0
  let builtFor = 0
  return { write, clear, aim, next, least: (row) => goal.least(boxes, row * size) }

  function write(row: number): void {
    if ((row + 1) * size > boxes.length) {
      const grown = new Float64Array(2 * (row + 1) * size)
      grown.set(boxes)
      boxes = grown
    }
    measure(row)
    if (width === 0 || table.rows > 2 * builtFor) return build()
    const leaf = leafOf(row)
    if (leaves[row] !== leaf) {
      leave(row)
      enter(row, leaf)
    }
    for (let cell: Cell | null = leaf; cell; cell = cell.parent) {
      widen(cell.box, boxes, row * size)
      cell.stale += 1
      if (cell.stale > staleAtMost * widening ** cell.level) tighten(cell)
    }
  }

  function clear(row: number): void {
    leave(row)
  }

  function aim(ask: Ask): void {
    goal.aim(ask)
    queue.clear()
    for (const root of roots) queue.push(goal.least(root.box, 0), root, -1)
  }

  function next(bound: number): number {
    for (;;) {
      const least = queue.least()
      if (least === Infinity || !(least <= bound)) return -1
      const row = queue.row()
      const cell = queue.pop()
      if (!cell) return row
      for (const one of cell.cells) queue.push(goal.least(one.box, 0), one, -1)
      for (const one of cell.rows) queue.push(goal.least(boxes, one * size), null, one)
    }
  }

  /** The box round where the vehicle may be sent from, and where it goes from there. */
  function measure(row: number): void {
    const { stride, place, departsMs, firstFree, stops } = table
    const at = row * size
    const first = firstFree[row]!
    boxes.set(nothing, at)
    const before = first === 0 ? table.at[row]! : place[row * stride + first - 1]!
    extend(at, before)
    for (let index = first; index < stops[row]!; index += 1)
      extend(at, place[row * stride + index]!)
    boxes[at + LEG_SECONDS] = table.longestLegSeconds[row]!
    boxes[at + LEG_METERS] = table.longestLegMeters[row]!
    boxes[at + DEPARTS] = first === 0 ? table.startMs[row]! : departsMs[row * stride + first - 1]!
    boxes[at + DAY_HOURS] = (table.drivenSeconds[row]! + table.driveSeconds[row]!) / 3600
    boxes[at + IS_NEW] = stops[row] === 0 ? 1 : 0
    boxes[at + FREE] = firstFreeMs(row)
  }

  /** Nothing is proven of a vehicle that has no machine. */
  function firstFreeMs(row: number): number {
    const machines = table.vehicles[row]?.machines ?? []
    let firstMs = machines.length === 0 ? -Infinity : Infinity
    for (const { freeAtMs } of machines) if (freeAtMs < firstMs) firstMs = freeAtMs
    return firstMs
  }

  function extend(at: number, place: number): void {
    const x = plane.xMeters[place] ?? NaN
    const y = plane.yMeters[place] ?? NaN
    // A place that nobody knows makes the box one of no bounds: NaN stays NaN.
    boxes[at + MIN_X] = Math.min(boxes[at + MIN_X]!, x)
    boxes[at + MAX_X] = Math.max(boxes[at + MAX_X]!, x)
    boxes[at + MIN_Y] = Math.min(boxes[at + MIN_Y]!, y)
    boxes[at + MAX_Y] = Math.max(boxes[at + MAX_Y]!, y)
  }

  function build(): void {
    cells = new Map()
    roots = []
    leaves = []
    builtFor = Math.max(table.rows, 8)
    width = widthFor(builtFor)
    for (let row = 0; row < table.rows; row += 1) {
      if (!table.vehicles[row]) continue
      const leaf = leafOf(row)
      enter(row, leaf)
      for (let cell: Cell | null = leaf; cell; cell = cell.parent)
        widen(cell.box, boxes, row * size)
    }
  }

  /** Cells of a few vehicles each, if they are spread evenly. */
  function widthFor(rows: number): number {
    const all = Float64Array.from(nothing)
    for (let row = 0; row < table.rows; row += 1) {
      if (table.vehicles[row]) widen(all, boxes, row * size)
    }
    const area = (all[MAX_X]! - all[MIN_X]!) * (all[MAX_Y]! - all[MIN_Y]!)
    const wide = Math.sqrt((area * rowsPerCell) / rows)
    return wide > 1 && wide < Infinity ? wide : 1000
  }

  function leafOf(row: number): Cell {
    const at = row * size
    const x = (boxes[at + MIN_X]! + boxes[at + MAX_X]!) / 2
    const y = (boxes[at + MIN_Y]! + boxes[at + MAX_Y]!) / 2
    return cellAt(0, Math.floor(x / width), Math.floor(y / width))
  }

  function cellAt(level: number, column: number, line: number): Cell {
    const key = `${level} ${column} ${line}`
    const known = cells.get(key)
    if (known) return known
    const parent =
      level + 1 < levels
        ? cellAt(level + 1, Math.floor(column / widening), Math.floor(line / widening))
        : null
    const box = Float64Array.from(nothing)
    const cell: Cell = { level, parent, key, rows: [], cells: [], box, stale: 0 }
    cells.set(key, cell)
    ;(parent?.cells ?? roots).push(cell)
    return cell
  }

  function enter(row: number, leaf: Cell): void {
    leaves[row] = leaf
    leaf.rows.push(row)
  }

  function leave(row: number): void {
    const leaf = leaves[row]
    if (!leaf) return
    leaves[row] = null
    leaf.rows.splice(leaf.rows.indexOf(row), 1)
    leaf.stale += 1
  }

  function tighten(cell: Cell): void {
    cell.stale = 0
    cell.box.set(nothing)
    for (const row of cell.rows) widen(cell.box, boxes, row * size)
    for (const one of cell.cells) widen(cell.box, one.box, 0)
  }
}

function widen(box: Float64Array, other: Float64Array, at: number): void {
  box[MIN_X] = Math.min(box[MIN_X]!, other[at + MIN_X]!)
  box[MAX_X] = Math.max(box[MAX_X]!, other[at + MAX_X]!)
  box[MIN_Y] = Math.min(box[MIN_Y]!, other[at + MIN_Y]!)
  box[MAX_Y] = Math.max(box[MAX_Y]!, other[at + MAX_Y]!)
  box[LEG_SECONDS] = Math.max(box[LEG_SECONDS]!, other[at + LEG_SECONDS]!)
  box[LEG_METERS] = Math.max(box[LEG_METERS]!, other[at + LEG_METERS]!)
  box[DEPARTS] = Math.min(box[DEPARTS]!, other[at + DEPARTS]!)
  box[DAY_HOURS] = Math.max(box[DAY_HOURS]!, other[at + DAY_HOURS]!)
  box[IS_NEW] = Math.min(box[IS_NEW]!, other[at + IS_NEW]!)
  box[FREE] = Math.min(box[FREE]!, other[at + FREE]!)
}

interface Goal {
  aim(ask: Ask): void
  least(boxes: Float64Array, at: number): number
}

/** So much may the same sum differ when it is made in another order. */
const rounding = 1e-6

/** What it costs at least to bring a request from somewhere in a box. */
function openGoal(table: FleetTable, plane: Plane): Goal {
  const metersPerSecond = plane.fastestMetersPerSecond
  let ask!: Ask
  let [dropX, dropY, pickupX, pickupY, between] = [0, 0, 0, 0, 0]
  let makingMs = 0
  return { aim, least }

  function aim(next: Ask): void {
    ask = next
    const from = (next.pickup ?? next.drop).at
    dropX = plane.xMeters[next.drop.at] ?? NaN
    dropY = plane.yMeters[next.drop.at] ?? NaN
    pickupX = plane.xMeters[from] ?? NaN
    pickupY = plane.yMeters[from] ?? NaN
    between = Math.hypot(dropX - pickupX, dropY - pickupY)
    makingMs = soonestMadeMs(next)
  }

  function least(boxes: Float64Array, at: number): number {
    const toDrop = awayFrom(boxes, at, dropX, dropY)
    const toPickup = ask.pickup ? awayFrom(boxes, at, pickupX, pickupY) : 0
    const meters = added(toPickup, toDrop, boxes[at + LEG_METERS]!)
    const seconds = added(
      toPickup / metersPerSecond,
      toDrop / metersPerSecond,
      boxes[at + LEG_SECONDS]!,
    )
    const { rules } = table
    if (seconds / 60 > rules.maxDeviationMinutes + rounding) return Infinity
    if (meters > rules.maxDeviationMeters + rounding) return Infinity
    const score = leastScore(boxes, at, toPickup, toDrop, seconds, meters)
    // Where something is not known nothing is proven.
    return Number.isNaN(score) ? -Infinity : score - rounding
  }

  function leastScore(
    boxes: Float64Array,
    at: number,
    toPickup: number,
    toDrop: number,
    seconds: number,
    meters: number,
  ): number {
    const { weights } = table.rules
    const leavesMs = Math.max(boxes[at + DEPARTS]!, ask.nowMs)
    let handsOverMs = leavesMs + (Math.max(toDrop, toPickup + between) / metersPerSecond) * 1000
    if (ask.pickup) {
      const fetchedMs = ask.pickup.earliestMs + (between / metersPerSecond) * 1000
      if (fetchedMs > handsOverMs) handsOverMs = fetchedMs
    }
    if (ask.drop.earliestMs > handsOverMs) handsOverMs = ask.drop.earliestMs
    if (ask.making) {
      const madeMs = Math.max(boxes[at + FREE]!, ask.nowMs) + makingMs
      if (madeMs > handsOverMs) handsOverMs = madeMs
    }
    const lateMs = Math.max(0, handsOverMs - ask.dueMs)
    const fairness =
      weights.driverFairness > 0 && seconds < 0
        ? 2 * boxes[at + DAY_HOURS]! * (seconds / 3600) * weights.driverFairness
        : 0
    return (
      ((handsOverMs - ask.nowMs) / 60e3) * weights.minutesToBuyer +
      (lateMs / 60e3) * weights.latenessMinutes +
      (seconds / 60) * weights.deviationMinutes +
      (meters / 1000) * weights.deviationKilometres +
      boxes[at + IS_NEW]! * weights.newVehicle +
      fairness
    )
  }

  /** What a stop, or two, so far off the way add at least: between two stops, or at the end. */
  function added(toPickup: number, toDrop: number, leg: number): number {
    if (!ask.pickup) return Math.min(toDrop, 2 * toDrop - leg)
    const farther = Math.max(toPickup, toDrop)
    const apart = 2 * toPickup - leg + Math.min(toDrop, 2 * toDrop - leg)
    return Math.min(farther, 2 * farther - leg, apart)
  }
}

/** How long the quickest kind of machine takes, cooled down. */
function soonestMadeMs({ making }: Ask): number {
  let leastMs = Infinity
  for (const { makingMinutes, coolDownMinutes } of Object.values(making ?? {})) {
    leastMs = Math.min(leastMs, (makingMinutes + coolDownMinutes) * 60e3)
  }
  return leastMs < Infinity ? leastMs : 0
}

/** Straight to the nearest edge of the box; 0 inside. */
function awayFrom(boxes: Float64Array, at: number, x: number, y: number): number {
  const aside = Math.max(boxes[at + MIN_X]! - x, x - boxes[at + MAX_X]!, 0)
  const along = Math.max(boxes[at + MIN_Y]! - y, y - boxes[at + MAX_Y]!, 0)
  return Math.sqrt(aside * aside + along * along)
}
