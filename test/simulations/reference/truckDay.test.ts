// The reference day decides as its description says: as the reference did, and as a plain model does.
import { expect, test } from '@jest/globals'
import { drawDay, type DayScenario, type Point } from '../../../simulations/reference/scenario.ts'
import { prepareDay } from '../../../simulations/reference/truckDay.ts'

test('the day of seed 1 with 50 trucks and 1,000 orders is the published one', () => {
  expect(prepareDay(drawDay(1, 50, 1_000))()).toEqual({
    events: 35_371,
    evaluations: 585_514,
    deliveries: 1_000,
    meanLatenessSeconds: 19.294,
    lateShare: 0.159,
    meanOrderToDoorSeconds: 1_507.671,
    truckWaitSeconds: 23_557,
    km: 36_409.2,
    fixedStops: 15_178,
    checksum: 1_492_353_477,
  })
})

test.each([
  [1, 3, 400],
  [2, 1, 150],
  [3, 7, 30],
])('seed %i, %i trucks and %i orders come out as without kernel and caches', (...given) => {
  const day = drawDay(...given)
  const { checksum, evaluations, deliveries } = prepareDay(day)()
  expect({ checksum, evaluations, deliveries }).toEqual(plainDay(day))
})

interface Node extends Point {
  order: number
}

/** Second by second, with every plan's times counted from its head at each order. */
function plainDay({ trucks, orders }: DayScenario) {
  const ready = orders.map(() => 0)
  const truckOf = orders.map(() => -1)
  const delivered = orders.map(() => 0)
  const fleet = trucks.map(({ stops, startSeconds }) => ({
    plan: stops.map((stop): Node => ({ ...stop, order: -1 })),
    arrival: startSeconds,
    printerFree: 0,
  }))
  const leaves = (node: Node, arrival: number) =>
    node.order === -1 ? arrival + 60 : Math.max(arrival, ready[node.order]!) + 90
  let evaluations = 0

  for (let second = 0, next = 0; second < 86_400; second += 1) {
    for (const truck of fleet) {
      const [head, then] = truck.plan
      if (head!.order !== -1 && second === Math.max(truck.arrival, ready[head!.order]!)) {
        delivered[head!.order] = second
      }
      if (second !== leaves(head!, truck.arrival)) continue
      truck.arrival = second + far(head!, then!)
      truck.plan.shift()
      if (head!.order === -1) truck.plan.push(head!)
    }
    for (; orders[next]?.cameSeconds === second; next += 1) {
      const order = { ...orders[next]!, order: next }
      let best = { cost: Infinity, truck: 0, position: 0 }
      fleet.forEach(({ plan, arrival, printerFree }, truck) => {
        const made = Math.max(printerFree, second + 1) + order.printSeconds
        let leave = leaves(plan[0]!, arrival)
        for (let position = 0; position < plan.length - 1; position += 1) {
          const [from, to] = [plan[position]!, plan[position + 1]!]
          const eta = leave + far(from, order)
          const at = Math.max(eta, made)
          const detour = far(from, order) + far(order, to) - far(from, to)
          const cost = detour + (at - eta) + 2 * Math.max(0, at - second - 1_800)
          if (cost < best.cost) best = { cost, truck, position }
          evaluations += 1
          leave = leaves(to, leave + far(from, to))
        }
      })
      const truck = fleet[best.truck]!
      truck.printerFree = Math.max(truck.printerFree, second + 1) + order.printSeconds
      ready[next] = truck.printerFree
      truck.plan.splice(best.position + 1, 0, order)
      truckOf[next] = best.truck
    }
  }
  let checksum = 0
  for (const [order, truck] of truckOf.entries()) {
    checksum = (31 * checksum + truck + 1) % 4_294_967_291
    checksum = (31 * checksum + delivered[order]!) % 4_294_967_291
  }
  return { checksum, evaluations, deliveries: delivered.filter((at) => at > 0).length }
}

function far(a: Point, b: Point): number {
  return 9 * (Math.abs(a.x - b.x) + Math.abs(a.y - b.y))
}
