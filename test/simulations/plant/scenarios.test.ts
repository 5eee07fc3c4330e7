// The scenarios that ship run, and show what they are named after.
import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { simulateDay } from '../../../simulations/plant/day.ts'
import { prepare, type Prepared } from '../../../simulations/plant/prepare.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'

const folder = join(import.meta.dirname, '../../../simulations/scenarios')
const shipped = (name: string) => prepare(join(folder, `${name}.json`))
const day = (prepared: Prepared, { replication = 0, tables = true } = {}) =>
  simulateDay(prepared, { seed: 1, replication, warmUpHours: 0, tables })

const morning = shipped('morning')
const calm = day(morning)

test('the morning serves most of its orders, by every way there is', () => {
  const { figures, tables } = calm
  expect(figures.ordersServed / figures.ordersPlaced).toBeGreaterThan(0.85)
  expect(figures.servedOnTimeShare).toBeGreaterThan(0.6)
  const kinds = new Set(tables!.orders.rows.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set(['on_board', 'fetched', 'pickup', '']))
})

test('the evening peak has more orders, and printers that are busier', () => {
  const { figures } = day(shipped('evening-peak'), { tables: false })
  expect(figures.ordersPlaced).toBeGreaterThan(1.5 * calm.figures.ordersPlaced)
  const { machineUtilisationShare } = calm.figures
  expect(figures.machineUtilisationShare).toBeGreaterThan(machineUtilisationShare)
})

test('a truck that breaks down drives nowhere, and comes later than it would have', () => {
  const { tables, figures } = day(shipped('truck-breaks-down'))
  const begins = 8.5 * 3_600
  const setOff = tables!.legs.rows.filter(({ vehicle, leaveSecond }) => {
    const second = Number(leaveSecond)
    return vehicle === 'grocery-2' && second > begins && second < begins + 7_200
  })
  expect(setOff).toEqual([])
  expect(figures.latenessMinutesMean).toBeGreaterThan(calm.figures.latenessMinutesMean)
})

test('at the new kiosk parts are made and fetched', () => {
  const { machines, orders } = day(shipped('new-kiosk')).tables!
  const ofKiosk = machines.rows.filter(({ site }) => site === 'Capitol kiosk')
  expect(ofKiosk.reduce((sum, { parts }) => sum + Number(parts), 0)).toBeGreaterThan(5)
  expect(orders.rows.some(({ by }) => by === 'Capitol kiosk')).toBe(true)
})

test('printers that fail twice as often spoil more, on the same draws', () => {
  const often = shipped('printers-fail-twice-as-often')
  const spoilt = (prepared: Prepared) =>
    [0, 1, 2, 3].reduce((sum, replication) => {
      const { figures } = day(prepared, { replication, tables: false })
      return sum + figures.scrapShare
    }, 0)
  expect(spoilt(often)).toBeGreaterThan(spoilt(morning))
})

describe('Evergreen Terrace', () => {
  const story = shipped('evergreen-terrace')
  const { scenario } = loadScenario(join(folder, 'evergreen-terrace.json'))

  test('the grocery truck wins, its stop before number 744, with the figures of the story', () => {
    const { tables, figures } = day(story)
    const rows = tables!.decisions.rows.filter(({ reason }) => reason === null)
    const told = rows.slice(1).map(({ candidate, chosen, terms, details }) => {
      const facts = JSON.parse(`{"terms":${String(terms)},"details":${String(details)}}`)
      const { minutesToBuyer, deviationKilometres } = facts.terms
      return {
        candidate,
        chosen,
        minutes: Math.round(minutesToBuyer),
        deviationMiles: Math.round((deviationKilometres / 1.609344) * 10) / 10,
        before: facts.details.beforeStopId,
      }
    })
    expect(told).toEqual([
      {
        candidate: 'grocery truck',
        chosen: true,
        minutes: 32,
        deviationMiles: 0,
        before: '744 Evergreen Terrace',
      },
      {
        candidate: 'van',
        chosen: false,
        minutes: 19,
        deviationMiles: 2.5,
        before: 'next parcel',
      },
      {
        candidate: 'mobile factory',
        chosen: false,
        minutes: 24,
        deviationMiles: 1.5,
        before: 'next part',
      },
    ])
    expect(figures.minutesToBuyerP50).toBe(32)
    const stops = tables!.legs.rows.filter(({ vehicle }) => vehicle === 'grocery truck')
    expect(stops.map(({ order }) => order)).toEqual([null, 0, null])
  })

  test('rules that weigh time most send the van', () => {
    const weights = { minutesToBuyer: 10, deviationMinutes: 0.1, deviationKilometres: 0.1 }
    const dispatch = { ...scenario.rules.dispatch, weights }
    const hasty = prepare({ ...scenario, rules: { ...scenario.rules, dispatch } })
    expect(day(hasty).tables!.orders.rows[0]).toMatchObject({ by: 'van' })
  })
})
