// Draws are truly common: what one order, drive or part draws is the same whatever else is decided, and whenever.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { openKernel } from '../../../simulations/kernel/kernel.ts'
import { buyersOf } from '../../../simulations/plant/buyers.ts'
import {
  drawsForRefusal,
  drawsOf,
  drives,
  supplierAnswers,
} from '../../../simulations/plant/draws.ts'
import { openMachines } from '../../../simulations/plant/machines.ts'
import { columnsOf } from '../../../simulations/plant/orders.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import type { PlanStop } from '../../../simulations/plant/vehicles.ts'
import { town } from './town.ts'

const { scenario, layout } = prepare(town)
const orders = 40
const shuffled = fc.shuffledSubarray(
  Array.from({ length: orders }, (_, order) => order),
  { minLength: orders },
)
const seeds = fc.record({ seed: fc.integer({ min: 0, max: 1e6 }), replication: fc.nat(1_000) })

function stop(order: number, task: PlanStop['task']): PlanStop {
  const when = { at: 0, serviceSeconds: 0, readyAtMs: 0, dueAtMs: null }
  return { stopId: `${task} ${order}`, task, order, nth: order, ...when }
}

test('buyers, suppliers, drivers and streets, in whatever order they are asked', () => {
  fc.assert(
    fc.property(seeds, shuffled, shuffled, ({ seed, replication }, one, other) => {
      const seen = [one, other].map((turn) => {
        const draws = drawsOf(seed, replication)
        const buyer = buyersOf(scenario.buyers, draws, { known: [] })
        const drive = drives(scenario, draws)
        const answer = supplierAnswers(scenario, draws)
        const refusal = drawsForRefusal(draws)
        const drawn = turn.map((order) => {
          const legs = (['pickup', 'drop', 'return'] as const).map((task) => {
            return drive(order % 3, stop(order, task), 600, 30_000)
          })
          return [order, buyer(order), answer(order), refusal(order), refusal(order), legs] as const
        })
        return drawn.toSorted(([a], [b]) => a - b)
      })
      expect(seen[1]).toEqual(seen[0])
    }),
    { numRuns: 30, seed: 5 },
  )
})

test('each drive to a stop has weather of its own', () => {
  const drive = drives(scenario, drawsOf(1, 0))
  const tasks = ['own', 'pickup', 'drop', 'return'] as const
  const seconds = tasks.flatMap((task) => {
    const numbers = Array.from({ length: 20 }, (_, nth) => nth)
    return numbers.map((nth) => drive(0, stop(task === 'own' ? -1 - nth : nth, task), 1e6, 0))
  })
  expect(new Set(seconds.slice(20)).size).toBe(60)
})

test('a part takes as long on any machine of a model, whatever is made before it', () => {
  const { machines } = layout
  const alike = machines.flatMap(({ model: { id } }, at) => (id === 'Mendel 5' ? [at] : []))
  const workOf = (seed: number, turn: readonly number[]) => {
    const kernel = openKernel()
    const seconds = new Map<number, number>()
    const made = openMachines({
      kernel,
      scenario,
      machines,
      orders: columnsOf(turn.map(() => ({ second: 0, at: 0, item: 0, colour: 0 }))),
      draws: drawsOf(seed, 0),
      midnightMs: 0,
      trace: () => {},
      onMade: () => {},
      onSpoilt: () => {},
      onWork: (_machine, order, from, to) => void seconds.set(order, to - from),
    })
    for (const [nth, order] of turn.entries()) made.book(order, alike[nth % alike.length]!, 0)
    kernel.run(1e6)
    return seconds
  }
  // One colour for all, and spools that last: what changing takes belongs to the machine.
  const light = scenario.items[0]!.massGrams
  expect(light * orders).toBeLessThan(1_000)
  fc.assert(
    fc.property(fc.nat(1_000), shuffled, shuffled, (seed, one, other) => {
      expect(workOf(seed, other)).toEqual(workOf(seed, one))
    }),
    { numRuns: 20, seed: 5 },
  )
})
