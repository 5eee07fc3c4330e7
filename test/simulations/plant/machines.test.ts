// A machine makes one part at a time and each part until it is sound, whatever breaks in between.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { openKernel } from '../../../simulations/kernel/kernel.ts'
import { drawsOf } from '../../../simulations/plant/draws.ts'
import { openMachines } from '../../../simulations/plant/machines.ts'
import { columnsOf } from '../../../simulations/plant/orders.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'

interface Work {
  machine: number
  order: number
  fromSecond: number
  toSecond: number
  spoilt: boolean
}

function shop(parts: readonly { item: number; colour: number }[], hoursBetweenFailures: number) {
  const models = [{ id: 'M', hoursBetweenFailures, materials: spools(60) }]
  const sites = [{ id: 'warehouse', kind: 'warehouse', machines: [{ model: 'M', count: 2 }] }]
  const { scenario } = loadScenario({ name: 'shop', models, sites, trucks: [], couriers: [] })
  const kernel = openKernel()
  const work: Work[] = []
  const made: number[] = []
  const machines = openMachines({
    kernel,
    scenario,
    machines: ['one', 'other'].map((id) => {
      return { id, model: scenario.models[0]!, site: 0, vehicle: -1 }
    }),
    orders: columnsOf(parts.map((part) => ({ second: 0, at: 0, ...part }))),
    draws: drawsOf(3, 0),
    midnightMs: 0,
    trace: () => {},
    onMade: (order) => void made.push(order),
    onSpoilt: (order, machine) => machines.book(order, machine, kernel.now()),
    onWork: (machine, order, fromSecond, toSecond, spoilt) =>
      void work.push({ machine, order, fromSecond, toSecond, spoilt }),
  })
  return { kernel, machines, work, made }
}

function spools(grams: number) {
  return ['white', 'black'].map((colour) => ({ material: 'PLA', colour, grams }))
}

const part = fc.record({
  item: fc.integer({ min: 0, max: 2 }),
  colour: fc.integer({ max: 1, min: 0 }),
})

test('no machine makes two parts at once, and each part is made once', () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0.3, 2, 1e6),
      fc.integer({ min: 0, max: 7_200 }),
      (parts, hoursBetweenFailures, stoppedSecond) => {
        const { kernel, machines, work, made } = shop(parts, hoursBetweenFailures)
        for (const order of parts.keys()) machines.book(order, order % 2, order * 60)
        machines.stop(0, stoppedSecond)
        kernel.run(400 * 3_600)
        expect(made.toSorted((a, b) => a - b)).toEqual([...parts.keys()])
        for (const own of Map.groupBy(work, ({ machine }) => machine).values()) {
          const overlaps = own.filter(({ fromSecond }, at) => {
            return at > 0 && fromSecond < own[at - 1]!.toSecond
          })
          expect(overlaps).toEqual([])
        }
        const sound = work.filter(({ spoilt }) => !spoilt).map(({ order }) => order)
        expect(sound.toSorted((a, b) => a - b)).toEqual([...parts.keys()])
      },
    ),
    { numRuns: 100, seed: 2 },
  )
})

test('a machine that never fails is free when its queue says so, changes of colour included', () => {
  const { machines } = shop(
    [0, 0, 0].map((item, at) => ({ item, colour: at % 2 })),
    1e6,
  )
  machines.book(0, 0, 0)
  machines.book(1, 0, 0)
  machines.book(2, 0, 0)
  // Three hooks of twelve minutes, a minute of cooling after each, two changes of four minutes.
  expect(machines.facts(0).freeAtMs).toBe((3 * 13 + 2 * 4) * 60_000)
  expect(machines.readySecond(1)).toBe((2 * 13 + 4) * 60)
  expect(machines.unbook(1)).toBe(true)
  expect(machines.unbook(0)).toBe(false)
  expect(machines.facts(0).freeAtMs).toBe(2 * 13 * 60_000)
})
