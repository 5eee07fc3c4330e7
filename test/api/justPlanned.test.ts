// Quotes beside each other plan with different time, and what a failed one has planned is free again.
import { expect, test } from '@jest/globals'
import { justPlanned } from '../../api/justPlanned.ts'

function moment() {
  const clock = { nowMs: 1_000 }
  const planned = justPlanned(() => clock.nowMs)
  const taken = () => {
    const times = new Map<string, number>()
    planned.addTo(times)
    return times.get('mac_1')
  }
  return { clock, planned, taken }
}

test('what a quote has planned is taken until its hold can be seen by all who ask', () => {
  const { clock, planned, taken } = moment()
  const end = planned.note(new Map([['mac_1', 9_000]]), ['mac_1'])
  clock.nowMs += 5_000
  expect(taken()).toBe(9_000)
  end(true)
  expect(taken()).toBe(9_000)
  clock.nowMs += 250
  expect(taken()).toBeUndefined()
})

test('what a quote has planned in vain is free at once, except for what others have planned after it', () => {
  const { planned, taken } = moment()
  const endFirst = planned.note(new Map([['mac_1', 9_000]]), ['mac_1'])
  endFirst(false)
  expect(taken()).toBeUndefined()
  const endSecond = planned.note(new Map([['mac_1', 9_000]]), ['mac_1'])
  planned.note(new Map([['mac_1', 12_000]]), ['mac_1'])
  endSecond(false)
  expect(taken()).toBe(12_000)
})

test('what is known from the database is never made earlier', () => {
  const { planned } = moment()
  planned.note(new Map([['mac_1', 9_000]]), ['mac_1'])
  const times = new Map([['mac_1', 20_000]])
  planned.addTo(times)
  expect(times.get('mac_1')).toBe(20_000)
})
