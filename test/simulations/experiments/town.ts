// A small town, and days of it on the plant in the test's own process.
import type { Simulator } from '../../../simulations/experiments/model.ts'
import { model } from '../../../simulations/plant/model.ts'

const size = 6
const along = Array.from({ length: size }, (_, at) => at)
const steps = along.slice(1)
const corner = (row: number, column: number) => `${row}-${column}`
const road = (from: string, to: string) => ({ from, to, minutes: 1, kilometres: 0.5 })

/** Three hours of a small town: quick, and still with everything that is decided. */
export const town = {
  name: 'town',
  hours: { fromHour: 16, toHour: 19 },
  orders: { generator: { perDay: 300 } },
  trucks: [{ id: 'grocery', count: 4, machines: [{ model: 'Mendel 5' }] }],
  map: {
    junctions: along.flatMap((row) =>
      along.map((column) => ({
        name: corner(row, column),
        place: { lon: -89.65 + column / 200, lat: 39.8 + row / 200 },
      })),
    ),
    roads: along.flatMap((line) =>
      steps.flatMap((step) => [
        road(corner(line, step - 1), corner(line, step)),
        road(corner(step - 1, line), corner(step, line)),
      ]),
    ),
  },
}

const prepared = new Map<string, ReturnType<typeof model.prepare>>()
export const simulator: Simulator = {
  atOnce: 1,
  simulate({ scenario, scenarioHash, ...request }) {
    const known = prepared.get(scenarioHash) ?? model.prepare(scenario)
    prepared.set(scenarioHash, known)
    return Promise.resolve(model.simulateDay(known, request))
  },
}
