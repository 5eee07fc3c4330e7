// Orders that a carrier brings: delivered and settled, and mended where a parcel is lost or the carrier is away.
import { expect, test } from '@jest/globals'
import { until } from '../support/until.ts'
import { balances, eventsOf, mail, order, read, when } from './buyer.ts'
import { answer, metadata } from './operator.ts'
import { expectWhole, onHold } from './repairs.ts'
import { town } from './town.ts'

const itemId = 'itm_gear_blank'

test('a part is made at the warehouse, sent by a carrier, followed to the door, and paid for', async () => {
  const placed = await order({ item: itemId, method: 'carrier', reference: 'cart-77' })
  const settled = await when(placed, 'settled')
  await expectWhole(settled)
  const shipment = settled.fulfilments[0]?.shipment
  expect(settled.fulfilments).toMatchObject([{ method: 'carrier', site_id: 'sit_warehouse' }])
  expect(shipment).toMatchObject({ service: 'standard', state: 'delivered' })
  const types = (await eventsOf(placed)).map(({ type }) => type)
  expect(types.filter((type) => type.startsWith('delivery.'))).toEqual([
    'delivery.collected',
    'delivery.in_transit',
    'delivery.out_for_delivery',
    'delivery.delivered',
  ])
  expect(types.filter((type) => type.startsWith('fulfilment.'))).toEqual([
    'fulfilment.making',
    'fulfilment.packed',
    'fulfilment.in_transit',
    'fulfilment.delivered',
  ])
  const { text } = await mail(placed, 'On its way')
  expect(text).toContain(`Tracking number: ${shipment?.tracking_number}`)
  await mail(placed, 'Delivered')
  expect((await balances(settled))['party/carrier_fabpost/payable']).toBeGreaterThan(0n)

  const label = await fetch(`${town().url}/v1/shipments/${shipment?.id}/label`, {
    headers: { Authorization: `Bearer ${town().apiKey}` },
  })
  const pdf = Buffer.from(await label.arrayBuffer()).toString('latin1')
  for (const word of ['%PDF', '742 Evergreen Terrace', 'Northgate warehouse', 'cart-77']) {
    expect(pdf).toContain(word)
  }
})

test('a parcel that is lost waits for an operator, who sends another one by express', async () => {
  const placed = await order({ item: itemId, method: 'carrier', reference: 'parcel_lost' })
  const waiting = await onHold(placed, 'parcel_lost')
  expect(waiting.workflowId).toMatch(/^fulfilment\//)
  expect(waiting.details).toContain('Needs attention: The carrier has lost the parcel.')
  const lost = (await read(placed.id)).fulfilments[0]?.shipment
  expect(waiting.details).toContain(`parcel: parcel ${lost?.tracking_number} of fabpost`)
  await answer(waiting, 'retryWith', { service: 'express' })
  const settled = await when(placed, 'settled')
  await expectWhole(settled)
  expect(settled.fulfilments).toMatchObject([
    { shipment: { service: 'express', state: 'delivered' } },
  ])
  expect(settled.fulfilments[0]?.shipment?.tracking_number).not.toBe(lost?.tracking_number)
})

test('a carrier that is killed on the way tells what it has not told, and nothing is asked', async () => {
  const placed = await order({ item: itemId, method: 'carrier' })
  await when(placed, (now) => Boolean(now.fulfilments[0]?.shipment))
  const before = town().pidOf('carrier')!
  process.kill(before, 'SIGKILL')
  const startedAgain = () => ![before, null].includes(town().pidOf('carrier'))
  await until(startedAgain, { what: 'the carrier is there again' })
  const settled = await when(placed, 'settled')
  await expectWhole(settled)
  const { currentDetails } = await metadata(`fulfilment/${settled.fulfilments[0]?.id}`)
  expect(currentDetails).toContain('The buyer has it')
})
