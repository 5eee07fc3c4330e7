// The scenarios that ship run, in threads as experiments run them, and show what they are named after.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import type { Day } from '../../../simulations/day.ts'
import { openThreads, type Threads } from '../../../simulations/experiments/threads.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'

const folder = join(import.meta.dirname, '../../../simulations/scenarios')
const modelUrl = new URL('../../../simulations/plant/model.ts', import.meta.url).href
let threads: Threads
let calm: Day
beforeAll(async () => {
  threads = openThreads({ modelUrl, threads: 1 })
  calm = await day('morning')
})
afterAll(() => threads.close())

async function day(name: string, { replication = 0, tables = true } = {}): Promise<Day> {
  return dayOf(loadScenario(join(folder, `${name}.json`)), { replication, tables })
}

function dayOf(
  { scenario, hash }: ReturnType<typeof loadScenario>,
  { replication = 0, tables = true } = {},
): Promise<Day> {
  const request = { seed: 1, replication, warmUpHours: 0, tables }
  return threads.simulate({ scenario, scenarioHash: hash, ...request })
}

async function scrap(name: string): Promise<number> {
  const days = [0, 1, 2, 3, 4].map((replication) => day(name, { replication, tables: false }))
  return (await Promise.all(days)).reduce((sum, { figures }) => sum + figures.scrapShare, 0)
}

function seen(candidate: string, minutes: number, deviationMiles: number, before: string) {
  return { candidate, minutes, deviationMiles, before, chosen: candidate === 'grocery truck' }
}

test('the morning serves most of its orders, by every way there is', () => {
  const { figures, tables } = calm
  expect(figures.ordersServed / figures.ordersPlaced).toBeGreaterThan(0.85)
  expect(figures.servedOnTimeShare).toBeGreaterThan(0.6)
  const kinds = new Set(tables!.orders.rows.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set(['on_board', 'fetched', 'pickup', '']))
})

test('the trucks of the morning drive along streets', () => {
  const lines = calm.tables!.legs.rows.map(({ way }) => String(way).split(' ').length / 2)
  expect(lines.every((points) => points >= 1)).toBe(true)
  expect(Math.max(...lines)).toBeGreaterThan(50)
})

test('the evening peak has more orders, and printers that are busier', async () => {
  const { figures } = await day('evening-peak', { tables: false })
  expect(figures.ordersPlaced).toBeGreaterThan(1.5 * calm.figures.ordersPlaced)
  const { machineUtilisationShare } = calm.figures
  expect(figures.machineUtilisationShare).toBeGreaterThan(machineUtilisationShare)
})

test('a truck that breaks down drives nowhere, and others come later for it', async () => {
  const { tables, figures } = await day('truck-breaks-down')
  const begins = 8.5 * 3_600
  const setOff = tables!.legs.rows.filter(({ vehicle, leaveSecond }) => {
    const second = Number(leaveSecond)
    return vehicle === 'grocery-2' && second > begins && second < begins + 7_200
  })
  expect(setOff).toEqual([])
  expect(figures.latenessMinutesMean).toBeGreaterThan(calm.figures.latenessMinutesMean)
})

test('at the new kiosk parts are made and fetched', async () => {
  const { machines, orders } = (await day('new-kiosk')).tables!
  const ofKiosk = machines.rows.filter(({ site }) => site === 'Capitol kiosk')
  expect(ofKiosk.reduce((sum, { parts }) => sum + Number(parts), 0)).toBeGreaterThan(5)
  expect(orders.rows.some(({ by }) => by === 'Capitol kiosk')).toBe(true)
})

test('printers that fail twice as often spoil more, on the same draws', async () => {
  expect(await scrap('printers-fail-twice-as-often')).toBeGreaterThan(await scrap('morning'))
})

describe('Evergreen Terrace', () => {
  const story = loadScenario(join(folder, 'evergreen-terrace.json'))
  test('the grocery truck wins, its stop before number 744, with the figures of the story', async () => {
    const { tables, figures } = await dayOf(story)
    const rows = tables!.decisions.rows.filter(({ reason }) => reason === null)
    const told = rows.slice(1).map(({ candidate, chosen, terms, details }) => {
      const facts = JSON.parse(`{"terms":${String(terms)},"details":${String(details)}}`)
      const { minutesToBuyer, deviationKilometres } = facts.terms
      return {
        candidate,
        minutes: Math.round(minutesToBuyer),
        deviationMiles: Math.round((deviationKilometres / 1.609344) * 10) / 10,
        before: facts.details.beforeStopId,
        chosen,
      }
    })
    expect(told).toEqual([
      seen('grocery truck', 32, 0, '744 Evergreen Terrace'),
      seen('van', 19, 2.5, 'next parcel'),
      seen('mobile factory', 24, 1.5, 'next part'),
    ])
    expect(figures.minutesToBuyerP50).toBe(32)
    const stops = tables!.legs.rows.filter(({ vehicle }) => vehicle === 'grocery truck')
    expect(stops.map(({ order }) => order)).toEqual([null, 0, null])
  })

  test('rules that weigh time most send the van', async () => {
    const weights = { minutesToBuyer: 10, deviationMinutes: 0.1, deviationKilometres: 0.1 }
    const { rules } = story.scenario
    const hasty = {
      ...story.scenario,
      rules: { ...rules, dispatch: { ...rules.dispatch, weights } },
    }
    const { tables } = await dayOf(loadScenario(hasty))
    expect(tables!.orders.rows[0]).toMatchObject({ by: 'van' })
  })
})
