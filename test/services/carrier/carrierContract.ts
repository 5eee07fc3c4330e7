// What every carrier must do, as tests that the simulator and the adapter of a real one both run.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { DomainError } from '../../../domain/failure.ts'
import type { Carrier, ParcelOrder } from '../../../services/carrier/carriers.ts'
import { expectFailure, failureOf } from '../../support/failures.ts'

export interface CarrierUnderTest {
  open: () => Carrier | Promise<Carrier>
  /** Lets the carrier's clock go on; what has to happen by then has happened when it returns. */
  pass: (hours: number) => void
}

export const parcel = (changes: Partial<ParcelOrder> = {}): ParcelOrder => ({
  key: `ful_${randomUUID()}/1`,
  service: 'standard',
  reference: 'cart-1001',
  grams: 120,
  from: { name: 'Northgate warehouse', address: '1 Northgate', place: { lon: -89.64, lat: 39.85 } },
  to: {
    name: 'Homer Simpson',
    address: '742 Evergreen Terrace',
    place: { lon: -89.64, lat: 39.8 },
  },
  ...changes,
})

export function carrierContract({ open, pass }: CarrierUnderTest): void {
  let carrier: Carrier
  beforeAll(async () => {
    carrier = await open()
  })
  afterAll(() => carrier.close())

  const kindsOf = async (number: string) =>
    (await carrier.track(number))?.events.map(({ kind }) => kind)

  test('a parcel is booked, collected, carried and delivered by when it was expected', async () => {
    const { number, expectedAtMs } = await carrier.book(parcel())
    expect(await carrier.track(number)).toEqual({
      number,
      expectedAtMs,
      state: 'booked',
      events: [],
    })
    pass(24)
    const track = await carrier.track(number)
    expect(track).toMatchObject({ state: 'delivered', expectedAtMs })
    const kinds = ['collected', 'in_transit', 'out_for_delivery', 'delivered']
    expect(track?.events.map(({ kind, sequence }) => [sequence, kind])).toEqual(
      kinds.map((kind, index) => [index + 1, kind]),
    )
    const times = track?.events.map(({ atMs }) => atMs) ?? []
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeLessThanOrEqual(expectedAtMs)
  })

  test('the same parcel booked twice, also at once, is one parcel', async () => {
    const order = parcel()
    const answers = await Promise.all([carrier.book(order), carrier.book(order)])
    expect(answers[1]).toEqual(answers[0])
    expect(await carrier.book(order)).toEqual(answers[0])
    const other = await carrier.book(parcel())
    expect(other.number).not.toBe(answers[0].number)
  })

  test('a key that was used for another parcel is a programmer error', async () => {
    const order = parcel()
    await carrier.book(order)
    const failure = await failureOf(carrier.book({ ...order, grams: 121 }))
    expect(failure).toHaveProperty('message')
    expect(failure).not.toBeInstanceOf(DomainError)
  })

  test('the label is a PDF that stays the same', async () => {
    const { number } = await carrier.book(parcel())
    const label = Buffer.from(await carrier.label(number))
    expect(label.subarray(0, 5).toString()).toBe('%PDF-')
    expect(label.equals(Buffer.from(await carrier.label(number)))).toBe(true)
  })

  test('a parcel that is too heavy is refused, and its key is free for a lighter one', async () => {
    const order = parcel({ grams: 1e6 })
    await expectFailure(carrier.book(order), 'carrier_refused')
    await carrier.book({ ...order, grams: 100 })
  })

  test('before it is collected it is taken back, once and for all', async () => {
    const { number } = await carrier.book(parcel())
    await carrier.cancel(number)
    await carrier.cancel(number)
    pass(24)
    expect(await carrier.track(number)).toMatchObject({ state: 'cancelled', events: [] })
  })

  test('what was collected is not given back', async () => {
    const { number } = await carrier.book(parcel())
    pass(3)
    await expectFailure(carrier.cancel(number), 'state_conflict')
    pass(24)
    expect(await kindsOf(number)).toContain('delivered')
  })

  test('express is faster', async () => {
    const express = await carrier.book(parcel({ service: 'express' }))
    const standard = await carrier.book(parcel())
    expect(express.expectedAtMs).toBeLessThan(standard.expectedAtMs)
  })

  test('a parcel that never was is not found', async () => {
    expect(await carrier.track('FP000000000US')).toBeNull()
    await expectFailure(carrier.label('FP000000000US'), 'not_found')
    await expectFailure(carrier.cancel('FP000000000US'), 'not_found')
  })
}
