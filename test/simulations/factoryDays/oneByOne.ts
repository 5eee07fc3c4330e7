// The plainest dispatcher that keeps the rules: each load alone, by the vehicle with the least to do.
import type { Dispatcher, OpenLoad } from '../../../simulations/factoryDays/dispatching.ts'

export function oneByOne(vehicleCount: number): Dispatcher {
  const queues: OpenLoad[][] = Array.from({ length: vehicleCount }, () => [])
  const queued = new Set<number>()
  return ({ waiting, vehicles }) => {
    const isWaiting = new Set(waiting.map(({ load }) => load))
    queues.forEach((queue, vehicle) => {
      const [first] = queue
      if (first === undefined || isWaiting.has(first.load)) return
      if (vehicles[vehicle]!.onBoard.length === 0) queue.shift()
    })
    for (const load of waiting.filter((one) => !queued.has(one.load))) {
      const least = queues.toSorted((one, other) => one.length - other.length)[0]!
      least.push(load)
      queued.add(load.load)
    }
    return queues.map((queue) =>
      queue.flatMap(({ load, pickup, delivery }) => [
        ...(isWaiting.has(load) ? [{ factory: pickup, unload: [], load: [load] }] : []),
        { factory: delivery, unload: [load], load: [] },
      ]),
    )
  }
}
