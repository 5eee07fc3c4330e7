// Books what a day costs and leaves behind: driving beyond the rounds, making, material, drivers, footprint.
import type { Ledger } from './ledger.ts'
import type { Orders } from './orders.ts'
import type { Prepared } from './prepare.ts'
import type { MachineDay } from './tables.ts'
import type { DrivenLeg, PlanStop } from './vehicles.ts'
import { defaultPriceRules } from '../../domain/pricing.ts'

export interface Accounts {
  machines: MachineDay
  onWork: (
    machine: number,
    order: number,
    fromSecond: number,
    toSecond: number,
    spoilt: boolean,
  ) => void
  onLeg: (leg: DrivenLeg) => void
  onDone: (vehicle: number, stop: PlanStop, sinceSecond: number, nowSecond: number) => void
  onFetched: (order: number, site: number) => void
  /** Adds how long machines could have worked between two seconds. */
  open: (fromSecond: number, toSecond: number) => void
}

export function accounts(prepared: Prepared, orders: Orders, ledger: Ledger): Accounts {
  const { scenario, layout, streets } = prepared
  const { costs, hours, items } = scenario
  const count = layout.machines.length
  const busySeconds = new Float64Array(count)
  const parts = new Int32Array(count)
  const scrapped = new Int32Array(count)
  const endSecond = hours.toHour * 3_600
  /** Since a vehicle's last own stop: what it drove, and where that stop was. */
  const driven = new Float64Array(layout.vehicles.length)
  const lastOwn = Int32Array.from(layout.vehicles, ({ at }) => at)

  return {
    machines: { busySeconds, parts, scrapped },
    onWork(machine, order, fromSecond, toSecond, spoilt) {
      const { model } = layout.machines[machine]!
      const item = items[orders.item[order]!]!
      const seconds = toSecond - fromSecond
      busySeconds[machine]! += seconds
      if (spoilt) scrapped[machine]! += 1
      else parts[machine]! += 1
      ledger.addSpan('busySeconds', fromSecond, Math.min(toSecond, endSecond))
      ledger.add('makings', fromSecond, 1)
      ledger.add('spoilt', fromSecond, spoilt ? 1 : 0)
      const { centsPerGram, otherMaterialCentsPerGram } = defaultPriceRules
      const perGram = centsPerGram[item.material] ?? otherMaterialCentsPerGram
      const kilowattHours = (model.watts * seconds) / 3.6e6
      const making = (model.centsPerMinute * seconds) / 60
      ledger.add('cents', fromSecond, making + perGram * item.massGrams)
      ledger.add(
        'grams',
        fromSecond,
        kilowattHours * costs.gramsCo2ePerKilowattHour + item.massGrams * costs.gramsCo2ePerGram,
      )
    },
    onLeg(leg) {
      driven[leg.vehicle]! += leg.meters
      if (layout.vehicles[leg.vehicle]!.round.length === 0) addDriving(leg.vehicle, leg.leaveSecond)
    },
    /** At an own stop it is known what the orders in between have added to the way from the last one. */
    onDone(vehicle, stop, sinceSecond, nowSecond) {
      if (stop.task === 'own') {
        driven[vehicle]! -= streets.meters[lastOwn[vehicle]! * streets.places + stop.at]!
        lastOwn[vehicle] = stop.at
        addDriving(vehicle, nowSecond)
        return
      }
      const hoursAtDoor = (nowSecond - sinceSecond) / 3_600
      ledger.add('cents', nowSecond, hoursAtDoor * costs.centsPerDriverHour)
    },
    onFetched(order, site) {
      const meters = streets.meters[orders.at[order]! * streets.places + layout.sites[site]!.at]!
      const second = orders.second[order]!
      ledger.add('grams', second, (2 * meters * costs.pickupGramsCo2ePerKilometre) / 1_000)
    },
    open(fromSecond, toSecond) {
      for (const { site, vehicle } of layout.machines) {
        const place = layout.sites[site]
        const roll = layout.vehicles[vehicle]
        const from = place?.opensAtSecond ?? roll?.fromSecond ?? 0
        const to = place?.closesAtSecond ?? roll?.toSecond ?? 0
        ledger.addSpan('openSeconds', Math.max(from, fromSecond), Math.min(to, toSecond))
      }
    },
  }

  /** Driving of the rounds themselves is what the trucks are out for anyway. */
  function addDriving(vehicle: number, second: number): void {
    const kilometres = driven[vehicle]! / 1_000
    driven[vehicle] = 0
    ledger.add('addedMeters', second, kilometres * 1_000)
    ledger.add('cents', second, kilometres * costs.centsPerKilometre)
    ledger.add('grams', second, kilometres * costs.gramsCo2ePerKilometre)
  }
}
