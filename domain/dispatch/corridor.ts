// Which vehicles may come near enough to be worth a look, nearest first. It never changes a choice: what it leaves out
// is proven to cost more, or to break a limit, by straight lines that no road undercuts.
import type { Ask } from './ask.ts'
import type { FleetTable } from './fleetTable.ts'
import {
  boxSize,
  DAY_HOURS,
  DEPARTS,
  FREE,
  IS_NEW,
  LEAVES_LAST,
  LEG_METERS,
  LEG_SECONDS,
  MAX_X,
  MAX_Y,
  MIN_X,
  MIN_Y,
  openAirBound,
} from './airBound.ts'
import { openQueue } from './nearestFirst.ts'
import type { Plane } from './routeTimes.ts'
import { zonesOf, type Roads } from './zones.ts'

/** What a vehicle offers at the least, as far as anybody knows who need not know more than `bound`. */
export type Glance = (row: number, bound: number) => number

export interface Corridor {
  /** After a row was written; where its way is not other than it was, only less of it may be free. */
  write(row: number, isOther: boolean): void
  clear(row: number): void
  aim(ask: Ask): void
  /** The next row that may cost less than `bound` or as much, by the glance; -1 when there is none. */
  next(bound: number): number
  /** What every place of a row costs at least; Infinity where a limit keeps all of them out. */
  least(row: number): number
}

/** So many of the next legs are soon: what comes later costs the buyer's time. */
const soon = 4
/** Of a row, and of a cell: the box of what is soon, and behind it the box of what comes later. */
const size = 2 * boxSize
const noBox = [Infinity, -Infinity, Infinity, -Infinity, 0, 0, Infinity, 0, 1, Infinity, -Infinity]
const nothing = [...noBox, ...noBox]

interface Cell {
  number: number
  level: number
  column: number
  line: number
  /** Where all its vehicles stand and have nothing more to do; -1 where they do. */
  zone: number
  parent: Cell | null
  rows: number[]
  cells: Cell[]
  /** Writes that may have left the box wider than it has to be. */
  stale: number
}

/** Cells of a level are so many times as wide as those of the level below. */
const widening = 8
const levels = 3
const rowsPerCell = 6
const staleAtMost = 4

export function openCorridor(table: FleetTable, plane: Plane, glance: Glance): Corridor {
  const nearest = openQueue()
  const best = openQueue()
  const air = openAirBound(table, plane)
  const zones = zonesOf(table.travel)
  let roads: Roads | null = null
  let boxes = new Float64Array(0)
  /** By the cell's number. */
  let cellBoxes = new Float64Array(0)
  let leaves: (Cell | null)[] = []
  let cells = new Map<string, Cell>()
  let numbered: Cell[] = []
  let roots: Cell[] = []
  let width = 0
  let builtFor = 0
  return { write, clear, aim, next, least: (row) => leastByAir(boxes, row * size) }

  function write(row: number, isOther: boolean): void {
    boxes = withRoom(boxes, row)
    measure(row, isOther)
    if (width === 0 || table.rows > 2 * builtFor) return build()
    const leaf = leafOf(row)
    if (leaves[row] !== leaf) {
      leave(row)
      enter(row, leaf)
    }
    for (let cell: Cell | null = leaf; cell; cell = cell.parent) {
      widen(cellBoxes, cell.number * size, boxes, row * size)
      cell.stale += 1
      if (cell.stale > staleAtMost * widening ** cell.level) tighten(cell)
    }
  }

  function clear(row: number): void {
    leave(row)
  }

  function aim(ask: Ask): void {
    air.aim(ask)
    nearest.clear()
    best.clear()
    roads = zones && !ask.pickup && ask.drop.at >= 0 ? zones.roadsTo(ask.drop.at) : null
    for (const root of roots) nearest.push(leastOfCell(root), root.number)
  }

  /** Until there is a bound to prune by, whoever is best so far comes before cells that may hold better. */
  function next(bound: number): number {
    for (;;) {
      const [leastOfCells, leastOfRows] = [nearest.least(), best.least()]
      const isHurried = bound === Infinity && leastOfRows < Infinity
      if (isHurried || leastOfRows <= leastOfCells) {
        if (leastOfRows === Infinity || !(leastOfRows <= bound)) return -1
        const row = best.pop()
        if (leastByAir(boxes, row * size) < Infinity) return row
      } else {
        if (!(leastOfCells <= bound)) return -1
        open(numbered[nearest.pop()]!, bound)
      }
    }
  }

  function open({ cells: inside, rows }: Cell, bound: number): void {
    for (const one of inside) nearest.push(leastOfCell(one), one.number)
    for (const row of rows) {
      const least = glance(row, bound)
      if (least <= bound) best.push(least, row)
    }
  }

  function leastByAir(from: Float64Array, at: number): number {
    return Math.min(air.least(from, at), air.least(from, at + boxSize))
  }

  function leastOfCell({ number, zone, rows, cells: inside }: Cell): number {
    if (rows.length === 0 && inside.length === 0) return Infinity
    if (zone < 0 || !roads) return leastByAir(cellBoxes, number * size)
    return air.leastIdle(cellBoxes, number * size, roads[2 * zone]!, roads[2 * zone + 1]!)
  }

  /** The boxes round where the vehicle may be sent from soon, and later, and where it goes from there. */
  function measure(row: number, isOther: boolean): void {
    const { firstFree, stops } = table
    const near = row * size
    const later = near + boxSize
    const first = firstFree[row]!
    const split = Math.min(first + soon, stops[row]!)
    measureLegs(near, row, first, split)
    // On the same way less is later, as more of it is committed: the box may stay as wide as it was.
    if (split === stops[row]!) boxes.set(noBox, later)
    else if (isOther) measureLegs(later, row, split, stops[row]!)
    for (let at = near; at <= later; at += boxSize) {
      boxes[at + DAY_HOURS] = (table.drivenSeconds[row]! + table.driveSeconds[row]!) / 3600
      boxes[at + IS_NEW] = stops[row] === 0 ? 1 : 0
      boxes[at + FREE] = firstFreeMs(row)
    }
  }

  /** From where it is before the stop at `first` to the stop before `end`. */
  function measureLegs(at: number, row: number, first: number, end: number): void {
    const { place, legSeconds, legMeters, departsMs } = table
    const { xMeters, yMeters } = plane
    const begin = table.begin[row]!
    const from = first === 0 ? table.at[row]! : place[begin + first - 1]!
    // A place that nobody knows makes the box one of no bounds: NaN stays NaN.
    let minX = xMeters[from] ?? NaN
    let minY = yMeters[from] ?? NaN
    let [maxX, maxY, seconds, meters] = [minX, minY, 0, 0]
    for (let stop = begin + first; stop < begin + end; stop += 1) {
      const x = xMeters[place[stop]!] ?? NaN
      const y = yMeters[place[stop]!] ?? NaN
      minX = Math.min(minX, x)
      maxX = Math.max(maxX, x)
      minY = Math.min(minY, y)
      maxY = Math.max(maxY, y)
      seconds = Math.max(seconds, legSeconds[stop]!)
      meters = Math.max(meters, legMeters[stop]!)
    }
    boxes[at + MIN_X] = minX
    boxes[at + MAX_X] = maxX
    boxes[at + MIN_Y] = minY
    boxes[at + MAX_Y] = maxY
    boxes[at + LEG_SECONDS] = seconds
    boxes[at + LEG_METERS] = meters
    boxes[at + DEPARTS] = first === 0 ? table.startMs[row]! : departsMs[begin + first - 1]!
    boxes[at + LEAVES_LAST] = boxes[at + DEPARTS]!
  }

  /** Nothing is proven of a vehicle that has no machine. */
  function firstFreeMs(row: number): number {
    const machines = table.vehicles[row]?.machines ?? []
    let firstMs = machines.length === 0 ? -Infinity : Infinity
    for (const { freeAtMs } of machines) if (freeAtMs < firstMs) firstMs = freeAtMs
    return firstMs
  }

  function build(): void {
    cells = new Map()
    numbered = []
    roots = []
    leaves = []
    builtFor = Math.max(table.rows, 8)
    width = widthFor(builtFor)
    for (let row = 0; row < table.rows; row += 1) {
      if (!table.vehicles[row]) continue
      const leaf = leafOf(row)
      enter(row, leaf)
      for (let cell: Cell | null = leaf; cell; cell = cell.parent)
        widen(cellBoxes, cell.number * size, boxes, row * size)
    }
  }

  /** Cells of a few vehicles each, if they are spread evenly. */
  function widthFor(rows: number): number {
    const all = Float64Array.from(nothing)
    for (let row = 0; row < table.rows; row += 1) {
      if (table.vehicles[row]) widen(all, 0, boxes, row * size)
    }
    const area = (all[MAX_X]! - all[MIN_X]!) * (all[MAX_Y]! - all[MIN_Y]!)
    const wide = Math.sqrt((area * rowsPerCell) / rows)
    return wide > 1 && wide < Infinity ? wide : 1000
  }

  function leafOf(row: number): Cell {
    const zone = zoneOfIdle(row)
    if (zone >= 0) return leaves[row]?.zone === zone ? leaves[row] : zoneAt(0, zone)
    const at = row * size
    const x = (boxes[at + MIN_X]! + boxes[at + MAX_X]!) / 2
    const y = (boxes[at + MIN_Y]! + boxes[at + MAX_Y]!) / 2
    const [column, line] = [Math.floor(x / width), Math.floor(y / width)]
    const leaf = leaves[row]
    const isSame = leaf?.zone === -1 && leaf.column === column && leaf.line === line
    return isSame ? leaf : cellAt(0, column, line)
  }

  /** Where it will stand when it has done what is committed; -1 where more is to do. */
  function zoneOfIdle(row: number): number {
    const { begin, place, firstFree, stops, at } = table
    const first = firstFree[row]!
    if (!zones || first < stops[row]!) return -1
    return zones.zoneOf(first === 0 ? at[row]! : place[begin[row]! + first - 1]!)
  }

  function cellAt(level: number, column: number, line: number): Cell {
    const known = cells.get(`${level} ${column} ${line}`)
    if (known) return known
    const above = [Math.floor(column / widening), Math.floor(line / widening)] as const
    const parent = level + 1 < levels ? cellAt(level + 1, ...above) : null
    return added(`${level} ${column} ${line}`, { level, column, line, zone: -1, parent })
  }

  function zoneAt(level: number, zone: number): Cell {
    const known = cells.get(`zone ${zone}`)
    if (known) return known
    const around = zones!.around(zone)
    const parent = around < 0 ? null : zoneAt(level + 1, around)
    return added(`zone ${zone}`, { level, column: 0, line: 0, zone, parent })
  }

  function added(key: string, cell: Pick<Cell, 'level' | 'column' | 'line' | 'zone' | 'parent'>) {
    const number = numbered.length
    cellBoxes = withRoom(cellBoxes, number)
    cellBoxes.set(nothing, number * size)
    const whole: Cell = { number, ...cell, rows: [], cells: [], stale: 0 }
    cells.set(key, whole)
    numbered.push(whole)
    ;(cell.parent?.cells ?? roots).push(whole)
    return whole
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
    const at = cell.number * size
    cellBoxes.set(nothing, at)
    for (const row of cell.rows) widen(cellBoxes, at, boxes, row * size)
    for (const one of cell.cells) widen(cellBoxes, at, cellBoxes, one.number * size)
  }
}

function withRoom(boxes: Float64Array<ArrayBuffer>, number: number): Float64Array<ArrayBuffer> {
  if ((number + 1) * size <= boxes.length) return boxes
  const grown = new Float64Array(2 * (number + 1) * size)
  grown.set(boxes)
  return grown
}

function widen(box: Float64Array, to: number, other: Float64Array, from: number): void {
  widenOne(box, to, other, from)
  widenOne(box, to + boxSize, other, from + boxSize)
}

function widenOne(box: Float64Array, at: number, other: Float64Array, from: number): void {
  if (other[from + MIN_X] === Infinity) return
  box[at + MIN_X] = Math.min(box[at + MIN_X]!, other[from + MIN_X]!)
  box[at + MAX_X] = Math.max(box[at + MAX_X]!, other[from + MAX_X]!)
  box[at + MIN_Y] = Math.min(box[at + MIN_Y]!, other[from + MIN_Y]!)
  box[at + MAX_Y] = Math.max(box[at + MAX_Y]!, other[from + MAX_Y]!)
  box[at + LEG_SECONDS] = Math.max(box[at + LEG_SECONDS]!, other[from + LEG_SECONDS]!)
  box[at + LEG_METERS] = Math.max(box[at + LEG_METERS]!, other[from + LEG_METERS]!)
  box[at + DEPARTS] = Math.min(box[at + DEPARTS]!, other[from + DEPARTS]!)
  box[at + DAY_HOURS] = Math.max(box[at + DAY_HOURS]!, other[from + DAY_HOURS]!)
  box[at + IS_NEW] = Math.min(box[at + IS_NEW]!, other[from + IS_NEW]!)
  box[at + FREE] = Math.min(box[at + FREE]!, other[from + FREE]!)
  box[at + LEAVES_LAST] = Math.max(box[at + LEAVES_LAST]!, other[from + LEAVES_LAST]!)
}

/** Where nobody knows where places are, all are glanced at. */
export function openRow(table: FleetTable, glance: Glance): Corridor {
  const queue = openQueue()
  let isGlanced = false
  return {
    write: () => undefined,
    clear: () => undefined,
    aim: () => void (isGlanced = false),
    next(bound) {
      if (!isGlanced) glanceAtAll()
      return queue.least() <= bound && queue.least() < Infinity ? queue.pop() : -1
    },
    least: () => -Infinity,
  }

  function glanceAtAll(): void {
    isGlanced = true
    queue.clear()
    for (let row = 0; row < table.rows; row += 1) {
      if (table.vehicles[row]) queue.push(glance(row, Infinity), row)
    }
  }
}
