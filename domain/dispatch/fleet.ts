// A fleet that is kept between decisions: changed stop by stop, asked for the best place of one request at a time.
import { decide, reason, ruledOut } from '../decision.ts'
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { Candidate, Decision } from '../model/order.ts'
import { askOf, makersOf, notMade, type Ask } from './ask.ts'
import { openCorridor, openRow } from './corridor.ts'
import type { DispatchRequest, FleetVehicle } from './facts.ts'
import { openGlances } from './glance.ts'
import { clearRow, openTable, writeVehicle, type FleetTable } from './fleetTable.ts'
import { candidateOf, placementOf, type Placement } from './placement.ts'
import { withLeft, withMoved, withoutRequest, withPlaced } from './routeChanges.ts'
import type { Travel } from './routeTimes.ts'
import { openScene, pose, type Scene } from './scene.ts'
import { search } from './search.ts'
import { codeOf, emptyVerdict, forget, ruleOut, type SpotInRoute, type Verdict } from './verdict.ts'

export interface FleetFacts {
  vehicles: readonly FleetVehicle[]
  travel: Travel
  rules: DispatchRules
  nowMs: number
}

export interface FleetChoice {
  chosen: Placement | null
  /** The best place in each of the best vehicles, best first; the chosen one is the first. */
  ranked(): Placement[]
  /** Of those. */
  rankedIds(): string[]
  /** Every vehicle with its score or the reason against it. To be asked for before the fleet changes. */
  decision(): Decision
  /** Of the map that all travel times came from. */
  dataVersion: string
}

/** By stop, in the order of the route. */
export interface StopTimes {
  arrivesAtMs: number[]
  startsAtMs: number[]
  departsAtMs: number[]
}

/** One place in the route of one vehicle, by positions in the route as it is. */
export interface Spot extends SpotInRoute {
  vehicleId: string
}

export interface Fleet {
  /** Adds a vehicle, or replaces the one of that id. */
  put(vehicle: FleetVehicle, nowMs: number): void
  remove(vehicleId: string): void
  ids(): string[]
  vehicle(vehicleId: string): FleetVehicle | null
  /** When each of its stops is reached, served and left as things stand. */
  times(vehicleId: string): StopTimes
  /** The vehicle is there now, or passes there, and can turn elsewhere from `freeAtMs` on. */
  move(vehicleId: string, at: number, freeAtMs: number): void
  /** The first stop is served, and left at that moment. */
  leave(vehicleId: string, leftAtMs: number): void
  /** Puts what was chosen into the route, and the part into its machine's queue. */
  take(request: DispatchRequest, placement: Placement): void
  /** Takes the stops of a request off again; its machine's queue is the caller's to correct. */
  drop(vehicleId: string, requestId: string): void
  /** The best place, and the next best vehicles, as many as the rules rank; others are not looked at to the end. */
  insert(request: DispatchRequest, nowMs: number, ranks?: number): FleetChoice
  /** The same choice, with every vehicle judged to the end: its own best place, or the exact reason against it. */
  judge(request: DispatchRequest, nowMs: number): FleetChoice
  /** What one place costs, whatever is against it; told as committed where nothing may be put. */
  judgeAt(request: DispatchRequest, nowMs: number, spot: Spot): Candidate
}

export function openFleet({ vehicles, travel, rules, nowMs }: FleetFacts): Fleet {
  const longest = vehicles.reduce((most, { stops }) => Math.max(most, stops.length), 0)
  const table = openTable(travel, rules, vehicles.length, longest)
  const glances = openGlances(table)
  const corridor = travel.plane
    ? openCorridor(table, travel.plane, glances.leastOf)
    : openRow(table, glances.leastOf)
  const rows = new Map<string, number>()
  const spare: number[] = []
  const verdicts: Verdict[] = []
  /** Of the latest question. */
  const looked = new Set<Verdict>()
  let scene: Scene | null = null
  let turn = 0
  for (const vehicle of vehicles) put(vehicle, nowMs)
  return {
    put,
    remove,
    ids: () => [...rows.keys()],
    vehicle: (vehicleId) => table.vehicles[rows.get(vehicleId) ?? -1] ?? null,
    times,
    move: (vehicleId, at, freeAtMs) =>
      change(vehicleId, (vehicle) => withMoved(vehicle, at, freeAtMs)),
    leave: (vehicleId, leftAtMs) => change(vehicleId, (vehicle) => withLeft(vehicle, leftAtMs)),
    take: (request, placement) =>
      change(placement.vehicleId, (vehicle) => withPlaced(vehicle, request, placement)),
    drop: (vehicleId, requestId) =>
      change(vehicleId, (vehicle) => withoutRequest(vehicle, requestId)),
    insert: (request, now, ranks = rules.rankedCandidates) => choose(request, now, ranks),
    judge: (request, now) => choose(request, now, Infinity),
    judgeAt,
  }

  function put(vehicle: FleetVehicle, now: number): void {
    const row = rows.get(vehicle.vehicleId) ?? spare.pop() ?? rows.size + spare.length
    rows.set(vehicle.vehicleId, row)
    verdicts[row] ??= emptyVerdict(row)
    const isOther = writeVehicle(table, row, vehicle, now)
    glances.write(row, isOther)
    corridor.write(row, isOther)
    turn += 1
  }

  function remove(vehicleId: string): void {
    const row = rows.get(vehicleId)
    if (row === undefined) return
    rows.delete(vehicleId)
    spare.push(row)
    clearRow(table, row)
    corridor.clear(row)
    turn += 1
  }

  function change(vehicleId: string, changed: (vehicle: FleetVehicle) => FleetVehicle): void {
    const row = rows.get(vehicleId) ?? -1
    const vehicle = table.vehicles[row]
    if (!vehicle) throw new RangeError(`no vehicle ${vehicleId} in the fleet`)
    put(changed(vehicle), table.startMs[row]!)
  }

  function times(vehicleId: string): StopTimes {
    const row = rows.get(vehicleId) ?? -1
    const first = row < 0 ? 0 : table.begin[row]!
    const end = row < 0 ? 0 : first + table.stops[row]!
    return {
      arrivesAtMs: [...table.arrivesMs.subarray(first, end)],
      startsAtMs: [...table.startsMs.subarray(first, end)],
      departsAtMs: [...table.departsMs.subarray(first, end)],
    }
  }

  function choose(request: DispatchRequest, now: number, ranks: number): FleetChoice {
    const posed = posedFor(request, now)
    const asked = turn
    const best = ranks === Infinity ? lookAtAll(posed) : lookForBest(posed, ranks)
    const isFresh = () => {
      if (turn !== asked) throw new Error('the fleet has changed since this was decided')
    }
    const first = best[0]
    return {
      chosen: first ? placementOf(posed, first) : null,
      ranked() {
        isFresh()
        return best.map((verdict) => placementOf(posed, verdict))
      },
      rankedIds: () => best.map(({ row }) => table.vehicles[row]!.vehicleId),
      decision() {
        isFresh()
        return decide('dispatch', candidates(posed, best, ranks))
      },
      dataVersion: table.travel.dataVersion,
    }
  }

  function posedFor(request: DispatchRequest, now: number): Scene {
    const ask = askOf(request, now)
    scene ??= openScene(table, ask)
    pose(scene, ask)
    turn += 1
    return scene
  }

  function judgeAt(request: DispatchRequest, now: number, { vehicleId, ...only }: Spot): Candidate {
    const verdict = { ...emptyVerdict(rows.get(vehicleId) ?? -1), only }
    const posed = posedFor(request, now)
    look(posed, verdict, Infinity)
    if (verdict.position < 0) return ruledOut(vehicleId, reason('committed'))
    verdict.code = codeOf.fits
    return candidateOf(posed, verdict)
  }

  function lookAtAll(posed: Scene): Verdict[] {
    const fitting: Verdict[] = []
    corridor.aim(posed.ask)
    for (let row = 0; row < table.rows; row += 1) {
      if (!table.vehicles[row]) continue
      const verdict = verdicts[row]!
      if (corridor.least(row) === Infinity) ruleOut(verdict, codeOf.too_far_away, Infinity)
      else look(posed, verdict, Infinity)
      if (verdict.code === codeOf.fits) fitting.push(verdict)
    }
    return fitting.toSorted((a, b) => inOrder(table, a, b))
  }

  /** The best `ranks` vehicles; who cannot be among them any more is not looked at. */
  function lookForBest(posed: Scene, ranks: number): Verdict[] {
    const best: Verdict[] = []
    looked.clear()
    glances.aim(posed)
    corridor.aim(posed.ask)
    for (;;) {
      const bound = best.length < ranks ? Infinity : best[ranks - 1]!.score
      const row = corridor.next(bound)
      if (row < 0) return best
      const verdict = verdicts[row]!
      looked.add(verdict)
      look(posed, verdict, bound)
      if (verdict.code !== codeOf.fits || verdict.score > bound) continue
      let at = best.length
      while (at > 0 && inOrder(table, verdict, best[at - 1]!) < 0) at -= 1
      best.splice(at, 0, verdict)
      if (best.length > ranks) best.pop()
    }
  }

  function look(posed: Scene, verdict: Verdict, bound: number): void {
    const { row } = verdict
    const vehicle = table.vehicles[row]!
    forget(verdict)
    const code = unfit(posed.ask, vehicle)
    if (code !== codeOf.fits) return ruleOut(verdict, code, Infinity)
    if (!posed.ask.making) return search(posed, notMade, bound, verdict)
    const first = table.begin[row]!
    const makers = makersOf(posed.ask, vehicle, (stop) => table.departsMs[first + stop]!)
    for (const made of makers.options) search(posed, made, bound, verdict)
    if (makers.options.length > 0) return
    const why = makers.lacksMaterial
      ? codeOf.material_not_on_board
      : codeOf.no_machine_on_board_fits
    ruleOut(verdict, why, Infinity)
  }

  function candidates(posed: Scene, best: readonly Verdict[], ranks: number): Candidate[] {
    const ranked = new Set(best)
    const all: Candidate[] = []
    for (let row = 0; row < table.rows; row += 1) {
      if (!table.vehicles[row]) continue
      const verdict = verdicts[row]!
      const isTold =
        ranks === Infinity || ranked.has(verdict) || (looked.has(verdict) && isAgainst(verdict))
      all.push(candidateOf(posed, isTold ? verdict : outranked(row, best, ranks)))
    }
    return all
  }

  function outranked(row: number, best: readonly Verdict[], ranks: number): Verdict {
    const least = corridor.least(row)
    const isFar = least === Infinity
    const bound = best.length < ranks ? -Infinity : best[ranks - 1]!.score
    const verdict = emptyVerdict(row)
    ruleOut(verdict, isFar ? codeOf.too_far_away : codeOf.outranked, Math.max(least, bound))
    return verdict
  }
}

/** Whether what is against it was found; what fits, or was not looked at, is behind the ranked ones. */
function isAgainst({ code, isCut }: Verdict): boolean {
  return code > codeOf.fits && !isCut
}

function unfit(ask: Ask, vehicle: FleetVehicle): number {
  if (!vehicle.inService) return codeOf.out_of_service
  if (ask.only && !ask.only.has(vehicle.vehicleId)) return codeOf.not_this_vehicle
  if (ask.itemId !== null && !vehicle.stock?.includes(ask.itemId)) {
    return codeOf.not_in_stock_on_board
  }
  return codeOf.fits
}

function inOrder({ vehicles }: FleetTable, a: Verdict, b: Verdict): number {
  if (a.score !== b.score) return a.score - b.score
  return vehicles[a.row]!.vehicleId < vehicles[b.row]!.vehicleId ? -1 : 1
}
