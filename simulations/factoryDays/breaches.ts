// Goes through a driven day with nothing but the rules at hand: what was broken, each as a sentence.
import type { DrivenDay, DrivenStop } from './day.ts'
import type { FactoryDay } from './factoryDay.ts'

/** Item by item, and each factory's docks by who came first: not how the day itself keeps them. */
export function breachesOf(day: FactoryDay, { stops }: DrivenDay): string[] {
  const breaches = stops.flatMap((driven, vehicle) => breachesOfVehicle(day, vehicle, driven))
  const loaded = stops.flatMap((driven) => driven.flatMap(({ load }) => load))
  const unloaded = stops.flatMap((driven) => driven.flatMap(({ unload }) => unload))
  const all = day.loads.map((_, load) => load).join()
  if (inOrder(loaded) !== all) breaches.push('not every load was loaded once')
  if (inOrder(unloaded) !== all) breaches.push('not every load was unloaded once')
  return [...breaches, ...dockBreaches(day, stops.flat())]
}

function inOrder(loads: readonly number[]): string {
  return loads.toSorted((one, other) => one - other).join()
}

function breachesOfVehicle(
  day: FactoryDay,
  vehicle: number,
  driven: readonly DrivenStop[],
): string[] {
  const { name, start, capacityQuarters } = day.vehicles[vehicle]!
  const breaches: string[] = []
  const onBoard: { load: number; item: number }[] = []
  let at = start
  let freeAt = 0
  for (const [nth, stop] of driven.entries()) {
    const expect = (isKept: boolean, rule: string) => {
      if (!isKept) breaches.push(`${name}, stop ${nth}: ${rule}`)
    }
    const departs =
      stop.arrivesAtSeconds - day.ways.driveSeconds[at * day.factories.length + stop.factory]!
    expect(departs >= Math.max(600, freeAt), 'arrives too early')
    expect((nth > 0 && departs === freeAt) || departs % 600 === 0, 'departs between decisions')
    let moved = 0
    for (const load of stop.unload) {
      const { items, order } = contents(day, load)
      expect(order.delivery === stop.factory, 'unloads at another factory')
      for (const item of items.toReversed()) {
        const last = onBoard.pop()
        expect(last?.load === load && last.item === item, 'unloads what is not the last')
        moved += order.itemQuarters[item]!
      }
    }
    for (const load of stop.load) {
      const { items, order } = contents(day, load)
      const known = Math.max(1, Math.ceil(order.createdSeconds / 600)) * 600
      expect(order.pickup === stop.factory, 'loads at another factory')
      expect(stop.arrivesAtSeconds >= known, 'loads what nobody knew')
      for (const item of items) {
        onBoard.push({ load, item })
        moved += order.itemQuarters[item]!
      }
      const quarters = onBoard.map((one) => contents(day, one.load).order.itemQuarters[one.item]!)
      expect(quarters.reduce((sum, one) => sum + one, 0) <= capacityQuarters, 'has no room')
    }
    const least = stop.arrivesAtSeconds + 1_800 + 60 * moved
    expect(stop.leavesAtSeconds >= least, 'is served too fast')
    at = stop.factory
    freeAt = stop.leavesAtSeconds
  }
  return onBoard.length === 0 ? breaches : [...breaches, `${name} ends with goods on board`]
}

function contents({ loads, orders }: FactoryDay, load: number) {
  const { order, firstItem, endItem } = loads[load]!
  const items = Array.from({ length: endItem - firstItem }, (_, at) => firstItem + at)
  return { order: orders[order]!, items }
}

/** At no time more are served than there are docks, and nobody before who came earlier. */
function dockBreaches(day: FactoryDay, stops: readonly DrivenStop[]): string[] {
  const quarters = (loads: readonly number[]) =>
    loads.reduce((sum, load) => sum + day.loads[load]!.quarters, 0)
  return day.factories.flatMap(({ id, docks }, factory) => {
    const served = stops
      .filter((stop) => stop.factory === factory)
      .map(({ arrivesAtSeconds, leavesAtSeconds, load, unload }) => {
        const serviceSeconds = 1_800 + 60 * (quarters(load) + quarters(unload))
        return { from: leavesAtSeconds - serviceSeconds, to: leavesAtSeconds, arrivesAtSeconds }
      })
    const at = (seconds: number) =>
      served.filter(({ from, to }) => from <= seconds && seconds < to).length
    return served.flatMap(({ from, arrivesAtSeconds }) => {
      const isOvertaken = served.some(
        (other) => other.arrivesAtSeconds < arrivesAtSeconds && other.from > from,
      )
      if (at(from) > docks) return `${id}: more than its docks at ${from} s`
      if (from > arrivesAtSeconds && at(from - 1) < docks) return `${id}: waits for a free dock`
      return isOvertaken ? `${id}: served before who came first` : []
    })
  })
}
