// The simulated carrier keeps the contract of carriers, forgets nothing, and each magic reference does what it says.
import { afterAll, describe, expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { DomainError } from '../../../domain/failure.ts'
import { newParcelNumber, isParcelNumber } from '../../../services/carrier/parcelNumbers.ts'
import {
  type CarrierSimulator,
  type CarrierSimulatorOptions,
  openCarrierSimulator,
} from '../../../services/carrier/simulator.ts'
import { expectFailure } from '../../support/failures.ts'
import { carrierContract, parcel } from './carrierContract.ts'

const root = mkdtempSync(join(tmpdir(), 'carrier-'))
const opened: CarrierSimulator[] = []
afterAll(async () => {
  for (const carrier of opened) await carrier.close()
  rmSync(root, { recursive: true })
})

let atMs = Date.UTC(2030, 0, 7)
const pass = (hours: number) => void (atMs += hours * 3_600e3)

const folder = () => mkdtempSync(join(root, 'own-'))
function open(options: Partial<CarrierSimulatorOptions> = {}): CarrierSimulator {
  const carrier = openCarrierSimulator({
    name: 'fabpost',
    dir: folder(),
    nowMs: () => atMs,
    ...options,
  })
  opened.push(carrier)
  return carrier
}

const openToClose = () =>
  openCarrierSimulator({ name: 'fabpost', dir: folder(), nowMs: () => atMs })

describe('the contract of carriers', () => {
  carrierContract({ open: openToClose, pass })
})

const kinds = (carrier: CarrierSimulator) => carrier.untold().map(({ kind }) => kind)

test('a reference decides what becomes of a standard parcel; express brings them all', async () => {
  const carrier = open()
  const fate = async (reference: string, service: 'standard' | 'express' = 'standard') => {
    const { number } = await carrier.book(parcel({ reference, service }))
    pass(48)
    return (await carrier.track(number))?.state
  }
  expect(await fate('cart-7')).toBe('delivered')
  expect(await fate('cart-7 parcel_lost')).toBe('lost')
  expect(await fate('parcel_returned')).toBe('returned')
  expect(await fate('parcel_lost', 'express')).toBe('delivered')
  await expectFailure(fate('parcel_refused'), 'carrier_refused', { reason: 'address_unknown' })
  expect(await fate('parcel_refused', 'express')).toBe('delivered')
})

test('a flaky booking breaks down twice for each key and then succeeds', async () => {
  const carrier = open()
  const order = parcel({ reference: 'parcel_flaky' })
  await expect(carrier.book(order)).rejects.toThrow('broke down')
  await expect(carrier.book(order)).rejects.not.toBeInstanceOf(DomainError)
  const first = await carrier.book(order)
  expect(await carrier.book(order)).toEqual(first)
})

test('what happens is told when it has happened, in order, until it is marked; also after a restart', async () => {
  const dir = folder()
  const carrier = open({ dir })
  const { number } = await carrier.book(parcel())
  expect(carrier.untold()).toEqual([])
  expect(carrier.nextUntoldAtMs()).toBe(atMs + 2 * 3_600e3)
  pass(5)
  expect(kinds(carrier)).toEqual(['collected', 'in_transit'])
  const [first] = carrier.untold()
  if (first) carrier.markTold(first)
  expect(kinds(carrier)).toEqual(['in_transit'])

  const restarted = open({ dir })
  pass(20)
  expect(kinds(restarted)).toEqual(['in_transit', 'out_for_delivery', 'delivered'])
  expect(await restarted.track(number)).toMatchObject({ state: 'delivered' })
  for (const telling of restarted.untold()) restarted.markTold(telling)
  expect([restarted.untold(), restarted.nextUntoldAtMs()]).toEqual([[], null])
})

test('who is not told has to ask', async () => {
  const carrier = open()
  const { number } = await carrier.book(parcel({ reference: 'parcel_untold' }))
  pass(24)
  expect(carrier.untold()).toEqual([])
  expect(await carrier.track(number)).toMatchObject({ state: 'delivered' })
})

test('speed brings parcels sooner', async () => {
  const carrier = open({ speed: 3_600 })
  const { number, expectedAtMs } = await carrier.book(parcel())
  expect(expectedAtMs - atMs).toBe(20_000)
  pass(1 / 100)
  expect(await carrier.track(number)).toMatchObject({ state: 'delivered' })
})

test('another continent is refused', async () => {
  const to = { ...parcel().to, place: { lon: 13.4, lat: 52.5 } }
  await expectFailure(open().book(parcel({ to })), 'carrier_refused', { reason: 'too_far' })
})

test('beside the label the book holds neither name nor address', async () => {
  const dir = folder()
  const carrier = open({ dir })
  const { number } = await carrier.book(parcel())
  const label = Buffer.from(await carrier.label(number)).toString('latin1')
  expect(label).toContain('742 Evergreen Terrace')
  await carrier.close()
  opened.pop()
  const kept = readFileSync(join(dir, 'parcels.sqlite'), 'latin1').replaceAll(label, '')
  expect(kept).toContain(number)
  for (const personal of ['Evergreen', 'Homer']) expect(kept).not.toContain(personal)
})

test('whatever is booked, cancelled and waited for, a parcel is never both cancelled and on its way', async () => {
  const step = fc.record({
    verb: fc.constantFrom('book', 'cancel', 'wait'),
    which: fc.nat(5),
    hours: fc.integer({ min: 1, max: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const carrier = open()
      const numbers: string[] = []
      for (const { verb, which, hours } of steps) {
        const number = numbers[which % Math.max(1, numbers.length)]
        if (verb === 'book') numbers.push((await carrier.book(parcel())).number)
        else if (verb === 'wait') pass(hours)
        else if (number !== undefined) {
          await carrier.cancel(number).catch((error: unknown) => {
            expect(error).toBeInstanceOf(DomainError)
          })
        }
      }
      pass(24)
      for (const number of numbers) {
        const track = await carrier.track(number)
        expect(track?.events).toHaveLength(track?.state === 'cancelled' ? 0 : 4)
      }
    }),
    { numRuns: 25 },
  )
})

test('a number that is mistyped in one digit is noticed', () => {
  fc.assert(
    fc.property(fc.nat(8), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const number = newParcelNumber()
      expect(isParcelNumber(number)).toBe(true)
      const digit = (Number(number[2 + at]) + by) % 10
      const mistyped = number.slice(0, 2 + at) + digit + number.slice(3 + at)
      // S10 writes two of its eleven rests as digits that others have too.
      const ambiguous = ['0', '5'].includes(number.slice(10, 11))
      expect(isParcelNumber(mistyped)).toBe(ambiguous ? isParcelNumber(mistyped) : false)
    }),
  )
})
