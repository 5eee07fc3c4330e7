// Says what machines on board can make of what is asked, and when: the booked slots, and behind them the queues.
import type {
  FleetMachine as MachineOnBoard,
  Making,
  OnBoardMachine,
  RouteStop,
} from '../domain/dispatch/facts.ts'
import { chooseMachine, defaultMachineRules, partNeedOf } from '../domain/machines.ts'
import type { Item } from '../domain/model/item.ts'
import type { Vehicle } from '../domain/model/site.ts'
import { slotOf } from '../domain/stopPlan.ts'
import type { FleetMachine } from '../storage/fleet.ts'
import { itemById } from '../storage/items.ts'
import { type BookedSlot, bookedSlots } from '../storage/reservations.ts'
import type { Storage } from '../storage/storage.ts'
import type { PlannedFulfilment } from './fulfilments.ts'

export interface Workshop {
  /** By machine, or by the slot that is booked on it, what making takes. */
  makingOf: (booking: PlannedFulfilment) => Record<string, Making>
  /** The same for one truck alone. */
  machinesFor: (booking: PlannedFulfilment, vehicleId: string) => OnBoardMachine[]
  /** All machines of a truck, and the slots on them that are booked for what is planned now. */
  machinesOf: (vehicle: Vehicle, stops: readonly RouteStop[]) => MachineOnBoard[]
  /** A stop of an earlier order; what is not begun yet says which slot it waits for. */
  standingStop: (stop: RouteStop, booking: PlannedFulfilment) => RouteStop
}

interface Scene {
  bookings: readonly PlannedFulfilment[]
  machines: readonly FleetMachine[]
  vehicles: readonly Vehicle[]
  nowMs: number
}

interface Made {
  machineId: string
  /** The slot that is kept for it, where there is one. */
  slot: BookedSlot | null
  making: Making
}

export async function openWorkshop(storage: Storage, scene: Scene): Promise<Workshop> {
  const { bookings, machines, vehicles, nowMs } = scene
  const itemIds = [...new Set(bookings.map(({ itemId }) => itemId))]
  const ids = bookings.map(({ fulfilmentId }) => fulfilmentId)
  const [items, booked] = await Promise.all([
    Promise.all(itemIds.map((id) => itemById(storage, id))),
    bookedSlots(storage, ids),
  ])
  const shop: Shop = {
    items: new Map(items.map((item) => [item.id, item])),
    slots: new Map(booked.map((slot) => [slotOf(slot.resourceId, slot.fulfilmentId), slot])),
    atSite: Map.groupBy(machines, ({ machine }) => machine.siteId),
    nowMs,
  }
  const known = new Map(
    bookings.map((one) => [
      one.fulfilmentId,
      vehicles.map(({ siteId }) => madeAt(shop, one, siteId)),
    ]),
  )
  return {
    makingOf: ({ fulfilmentId, begun }) => {
      const anew = begun ? [] : (known.get(fulfilmentId) ?? []).flat()
      return Object.fromEntries(anew.map((made) => [nameOf(made), made.making]))
    },
    machinesFor: (booking, vehicleId) => {
      if (booking.made) return [madeBefore(booking, nowMs)]
      const nth = vehicles.findIndex(({ id }) => id === vehicleId)
      return (known.get(booking.fulfilmentId)?.[nth] ?? []).map(onBoard)
    },
    machinesOf: ({ siteId }, stops) => machinesAt(shop, siteId, stops),
    standingStop: (stop, booking) => standingStop(shop, stop, booking),
  }
}

interface Shop {
  items: ReadonlyMap<string, Item>
  /** By the name of the slot. */
  slots: ReadonlyMap<string, BookedSlot>
  atSite: ReadonlyMap<string, readonly FleetMachine[]>
  nowMs: number
}

/** The machine that is booked keeps its slot; any other is asked when it could begin. */
function madeAt(
  { items, slots, atSite, nowMs }: Shop,
  { itemId, customization, quantity, fulfilmentId }: PlannedFulfilment,
  siteId: string,
): Made[] {
  const item = items.get(itemId)
  const here = atSite.get(siteId) ?? []
  if (!item || here.length === 0) return []
  const part = partNeedOf(item, customization, quantity, nowMs)
  const facts = here.map((one) =>
    machineFacts(one, slots.get(slotOf(one.machine.id, fulfilmentId))),
  )
  const fit = chooseMachine(part, facts, defaultMachineRules).fit.map((made): Made => {
    const { machineId, minutes: makingMinutes, coolDownMinutes, startsAtMs } = made
    const making = { makingMinutes, coolDownMinutes, notBeforeMs: Math.round(startsAtMs) }
    return { machineId, slot: slots.get(slotOf(machineId, fulfilmentId)) ?? null, making }
  })
  const kept = fit.filter(({ slot }) => slot !== null)
  return kept.length > 0 ? kept : fit
}

const nameOf = ({ machineId, slot }: Made) =>
  slot ? slotOf(machineId, slot.fulfilmentId) : machineId

function machinesAt(
  { atSite, slots, nowMs }: Shop,
  siteId: string,
  stops: readonly RouteStop[],
): MachineOnBoard[] {
  const here = atSite.get(siteId) ?? []
  const ids = new Set(here.map(({ machine }) => machine.id))
  const kept = [...slots.values()].filter(({ resourceId }) => ids.has(resourceId))
  return [
    ...here.map(({ machine, freeAtMs }) => ({
      machineId: machine.id,
      freeAtMs: Math.max(nowMs, Math.round(freeAtMs)),
    })),
    ...kept.map((slot) => slotMachine(slot, stops)),
  ]
}

function standingStop(
  { slots }: Shop,
  stop: RouteStop,
  { fulfilmentId, begun, machineId }: PlannedFulfilment,
): RouteStop {
  const name = slotOf(machineId, fulfilmentId)
  const slot = slots.get(name)
  const known = { ...stop, requestId: fulfilmentId }
  if (begun || !slot) return known
  const readyAtMs = Math.max(stop.readyAtMs, Math.round(slot.toMs))
  return { ...known, readyAtMs, madeBy: { machineId: name, startsAtMs: Math.round(slot.fromMs) } }
}

function machineFacts({ machine, site, freeAtMs }: FleetMachine, slot: BookedSlot | undefined) {
  return {
    machine,
    siteKind: site.kind,
    freeAtMs: slot ? slot.fromMs : freeAtMs,
    mounted: null,
    scrapShare: 0,
    metersToBuyer: null,
  }
}

/** Made before: whichever truck takes it over has nothing to wait for. */
const madeBefore = ({ machineId }: PlannedFulfilment, nowMs: number): OnBoardMachine => ({
  machineId,
  freeAtMs: nowMs,
  makingMinutes: 0,
  coolDownMinutes: 0,
})

const onBoard = (made: Made): OnBoardMachine => ({
  machineId: nameOf(made),
  freeAtMs: made.making.notBeforeMs ?? 0,
  makingMinutes: made.making.makingMinutes,
  coolDownMinutes: made.making.coolDownMinutes,
})

/** Free when its slot begins; where its stop stands already, when its part is made. */
function slotMachine(
  { resourceId, fulfilmentId, fromMs }: BookedSlot,
  stops: readonly RouteStop[],
): MachineOnBoard {
  const stop = stops.find(({ requestId }) => requestId === fulfilmentId)
  return {
    machineId: slotOf(resourceId, fulfilmentId),
    freeAtMs: stop?.readyAtMs ?? Math.round(fromMs),
  }
}
