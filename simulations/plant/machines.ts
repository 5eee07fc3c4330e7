// The machines of a day: each makes what is booked on it, in that order; it takes as long as it takes, fails
// by its hazard, is repaired, uses up its spools and is loaded anew.
import { makingMinutesOf } from '../../domain/machines.ts'
import type { Machine } from '../../domain/model/site.ts'
import type { SiteMachine } from '../../domain/offerFacts.ts'
import { exponential, normal } from '../kernel/distributions.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { atLeastNothing } from './buyers.ts'
import type { PlantMachine } from './layout.ts'
import type { Draws, Orders } from './orders.ts'

export interface Machines {
  /** As decisions see it: one object for the whole day, which changes as the day goes on. */
  facts: (machine: number) => SiteMachine
  /** As `kindOf` names it. */
  kind: (machine: number) => string
  /** Whole seconds that making the item takes there by the estimate. */
  estimateSeconds: (machine: number, item: number) => number
  /** When the part that is made, or is booked, will be ready by the estimate. */
  readySecond: (order: number) => number
  /** When its making will begin by the estimate; null once it has begun, or where nothing is booked. */
  startSecond: (order: number) => number | null
  /** Where it is booked, or being made. */
  machineId: (order: number) => string | undefined
  /** Puts a part into the machine's queue; its instructions are there from that second on. */
  book: (order: number, machine: number, instructionsSecond: number) => void
  /** Takes a part out again whose making has not begun; says whether it could. */
  unbook: (order: number) => boolean
  /** Begins nothing before that second, whatever is booked. */
  stop: (machine: number, untilSecond: number) => void
}

export interface MachineWorld {
  kernel: Kernel
  scenario: Scenario
  machines: readonly PlantMachine[]
  orders: Orders
  draws: Draws
  midnightMs: number
  trace: (what: number, a: number, b: number) => void
  /** The plate is clear again, and the part off it. */
  onMade: (order: number, machine: number) => void
  /** The part is scrap, and the machine under repair. */
  onSpoilt: (order: number, machine: number) => void
  /** Told as it begins, in whole seconds from midnight. */
  onWork: (
    machine: number,
    order: number,
    fromSecond: number,
    toSecond: number,
    spoilt: boolean,
  ) => void
}

interface Shop {
  machine: PlantMachine
  /** For decisions: as it will be when all that is booked is made. */
  facts: SiteMachine
  /** What it prints with now; null before the first part. */
  loaded: SiteMachine['mounted']
  /** Names are made once: they are looked up with every order. */
  kinds: Map<SiteMachine['mounted'], string>
  queue: number[]
  /** The order that is being made; -1 when nothing is. */
  making: number
  /** When what is being made, or the repair, ends by the estimate. */
  busyUntilSecond: number
  downUntilSecond: number
}

type Mounted = SiteMachine['mounted']

const traceMade = 11
const traceSpoilt = 12
const traceStart = 13
/** Parts are tried again; each attempt has draws of its own. */
const attemptsPerOrder = 64

export function openMachines(world: MachineWorld): Machines {
  const { kernel, scenario, orders, midnightMs, trace } = world
  const { items, rules, wear } = scenario
  const makings = world.draws('making')
  const repairs = world.draws('repair')
  const shops = world.machines.map((machine): Shop => {
    const facts = factsOfMachine(machine, midnightMs)
    const idle = { queue: [], making: -1, busyUntilSecond: 0, downUntilSecond: 0 }
    return { machine, facts, loaded: null, kinds: new Map(), ...idle }
  })
  const mountOf = mountsOnce()
  const mounts = items.map(({ material, colours }) =>
    colours.map((colour) => mountOf(material, colour)),
  )
  const machineOf = new Int32Array(orders.count).fill(-1)
  const instructionsAt = new Int32Array(orders.count)
  const attempts = new Int32Array(orders.count)
  const repairCount = new Int32Array(shops.length)

  const proceed = kernel.handler((at) => begin(shops[at]!, at))
  const made = kernel.handler((order, at) => {
    const shop = shops[at]!
    trace(traceMade, order, at)
    shop.making = -1
    setPlate(shop, true)
    machineOf[order] = -1
    begin(shop, at)
    world.onMade(order, at)
  })
  const spoilt = kernel.handler((order, at) => {
    const shop = shops[at]!
    trace(traceSpoilt, order, at)
    shop.making = -1
    machineOf[order] = -1
    attempts[order]! += 1
    const repair = repairs.of(at * attemptsPerOrder + (repairCount[at]! % attemptsPerOrder))
    repairCount[at]! += 1
    const seconds = Math.round(atLeastNothing(repair, shop.machine.model.repairMinutes) * 60)
    stop(at, kernel.now() + seconds)
    world.onSpoilt(order, at)
  })

  return {
    facts: (at) => shops[at]!.facts,
    kind,
    estimateSeconds,
    readySecond,
    startSecond,
    machineId: (order) => world.machines[machineOf[order]!]?.id,
    book,
    unbook,
    stop,
  }

  function estimateSeconds(at: number, item: number): number {
    const { speed } = shops[at]!.machine.model
    return Math.round(makingMinutesOf(items[item]!.makingMinutes, 1, speed) * 60)
  }

  /** Making and cooling down by the estimate, and changing the material if what comes before has another. */
  function wholeSeconds(shop: Shop, at: number, order: number, before: Mounted): number {
    const cool = Math.round(shop.machine.model.coolDownMinutes * 60)
    const change = Math.round(changeoverMinutes(before, mountFor(order)) * 60)
    return change + estimateSeconds(at, orders.item[order]!) + cool
  }

  function mountFor(order: number): NonNullable<Mounted> {
    return mounts[orders.item[order]!]![orders.colour[order]!]!
  }

  function changeoverMinutes(before: Mounted, next: NonNullable<Mounted>): number {
    return before === null || before === next ? 0 : rules.machines.changeoverMinutes
  }

  function book(order: number, at: number, instructionsSecond: number): void {
    const shop = shops[at]!
    machineOf[order] = at
    instructionsAt[order] = instructionsSecond
    shop.queue.push(order)
    reckon(shop, at)
    if (shop.making < 0) begin(shop, at)
  }

  function unbook(order: number): boolean {
    const at = machineOf[order]!
    const shop = shops[at]
    const place = shop?.queue.indexOf(order) ?? -1
    if (!shop || place < 0) return false
    shop.queue.splice(place, 1)
    machineOf[order] = -1
    reckon(shop, at)
    return true
  }

  function stop(at: number, untilSecond: number): void {
    const shop = shops[at]!
    shop.downUntilSecond = Math.max(shop.downUntilSecond, Math.ceil(untilSecond))
    reckon(shop, at)
    kernel.schedule(shop.downUntilSecond, 1, proceed, at)
  }

  /** Begins the next part, if nothing stands against it; what stands against it calls again. */
  function begin(shop: Shop, at: number): void {
    const now = kernel.now()
    const order = shop.queue[0]
    if (shop.making >= 0 || order === undefined || shop.downUntilSecond > now) {
      return reckon(shop, at)
    }
    if (instructionsAt[order]! > now) {
      kernel.schedule(instructionsAt[order]!, 1, proceed, at)
      return reckon(shop, at)
    }
    shop.queue.shift()
    shop.making = order
    make(shop, at, order, load(shop, order))
  }

  /** Changes spool and colour where that is needed; returns the seconds until making begins. */
  function load(shop: Shop, order: number): number {
    const { massGrams } = items[orders.item[order]!]!
    const mount = mountFor(order)
    const changeover = changeoverMinutes(shop.loaded, mount)
    shop.loaded = mount
    const { model } = shop.machine
    const isSame = (one: NonNullable<Mounted>) =>
      one.material === mount.material && one.colour === mount.colour
    const spool = shop.facts.machine.caps.materials.find(isSame)
    if (!spool) return Math.round(changeover * 60)
    const isEmpty = spool.grams < massGrams
    if (isEmpty) spool.grams = Math.max(model.materials.find(isSame)?.grams ?? 0, massGrams)
    spool.grams -= massGrams
    return Math.round((changeover + (isEmpty ? model.spoolChangeMinutes : 0)) * 60)
  }

  function make(shop: Shop, at: number, order: number, changeSeconds: number): void {
    const { making, hoursBetweenFailures, coolDownMinutes } = shop.machine.model
    const now = kernel.now()
    const stream = makings.of(order * attemptsPerOrder + (attempts[order]! % attemptsPerOrder))
    const factor = Math.max(0.2, normal(stream, making.factor, making.deviation))
    const soundSeconds = exponential(stream, hoursBetweenFailures * 3_600) / wear.failures
    const estimate = estimateSeconds(at, orders.item[order]!)
    const seconds = Math.max(1, Math.round(estimate * factor * wear.makingTimes))
    const isSpoilt = soundSeconds < seconds
    const fromSecond = now + changeSeconds
    const untilSecond = fromSecond + (isSpoilt ? Math.round(soundSeconds) : seconds)
    const coolSeconds = Math.round(coolDownMinutes * 60)
    trace(traceStart, order, at)
    setPlate(shop, false)
    shop.busyUntilSecond = now + changeSeconds + wholeSeconds(shop, at, order, null)
    reckon(shop, at)
    world.onWork(at, order, now, untilSecond, isSpoilt)
    if (isSpoilt) kernel.schedule(untilSecond, 0, spoilt, order, at)
    else kernel.schedule(untilSecond + coolSeconds, 0, made, order, at)
  }

  /** When it is free by the estimate, for decisions; what overruns is taken to end now. */
  function reckon(shop: Shop, at: number): void {
    const last = shop.queue.at(-1) ?? shop.making
    shop.facts.mounted = last < 0 ? shop.loaded : mountFor(last)
    shop.facts.freeAtMs = midnightMs + endSecond(shop, at, -1) * 1_000
  }

  /** When the queue is made up to an order, or all of it for -1. */
  function endSecond(shop: Shop, at: number, until: number): number {
    const now = kernel.now()
    let second = Math.max(now, shop.downUntilSecond, shop.making < 0 ? 0 : shop.busyUntilSecond)
    let before = shop.loaded
    for (const order of shop.queue) {
      second = Math.max(second, instructionsAt[order]!) + wholeSeconds(shop, at, order, before)
      if (order === until) break
      before = mountFor(order)
    }
    return second
  }

  function readySecond(order: number): number {
    const at = machineOf[order]!
    const shop = shops[at]
    const now = kernel.now()
    if (!shop) return now
    if (shop.making === order) return Math.max(now, shop.busyUntilSecond)
    return endSecond(shop, at, order)
  }

  function kind(at: number): string {
    const { facts, kinds, machine } = shops[at]!
    const known = kinds.get(facts.mounted)
    if (known !== undefined) return known
    const name = kindOf(machine.model.id, facts.mounted)
    kinds.set(facts.mounted, name)
    return name
  }

  function startSecond(order: number): number | null {
    const at = machineOf[order]!
    const shop = shops[at]
    if (!shop || shop.making === order) return null
    return endSecond(shop, at, order) - wholeSeconds(shop, at, order, null)
  }
}

/** One object for each material and colour, so that they compare at a glance. */
function mountsOnce() {
  const known = new Map<string, NonNullable<Mounted>>()
  return (material: string, colour: string): NonNullable<Mounted> => {
    const key = `${material}/${colour}`
    const mount = known.get(key) ?? { material, colour }
    known.set(key, mount)
    return mount
  }
}

/** Machines of one model that end with one material need equally long for the next part. */
export function kindOf(model: string, mounted: Mounted): string {
  return mounted === null ? model : `${model}/${mounted.material}/${mounted.colour}`
}

function setPlate({ facts }: Shop, clear: boolean): void {
  facts.machine.plateClear = clear
  facts.machine.phase = clear ? 'IDLE' : 'PRINTING'
}

export function factsOfMachine(
  { id, model }: Pick<PlantMachine, 'id' | 'model'>,
  midnightMs: number,
): SiteMachine {
  const machine: Machine = {
    id,
    siteId: '',
    model: model.id,
    caps: {
      process: model.process,
      volumeMm: model.volumeMm,
      resolutionMicrons: model.resolutionMicrons,
      materials: model.materials.map(({ material, colour, grams }) => ({
        material,
        colour,
        grams,
      })),
      instructionKinds: ['gcode'],
      keyId: null,
    },
    phase: 'IDLE',
    plateClear: true,
    rating: model.rating,
    speed: model.speed,
    coolDownMinutes: model.coolDownMinutes,
    centsPerMinute: BigInt(model.centsPerMinute),
    enabled: true,
    // Gateways are not simulated: a machine is heard all day.
    lastSeenAtMs: midnightMs + 1e9,
  }
  return { machine, freeAtMs: midnightMs, mounted: null, scrapShare: 0 }
}
