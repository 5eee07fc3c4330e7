// The benchmark's files are read as they are published, and refused where they are wrong.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { daysIn, readDay, readMap } from '../../../simulations/factoryDays/readDay.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'factoryDays'))
  mkdirSync(join(dir, 'instance_2'))
  write('factory_info.csv', ['factory_id,port_num', 'here,6', 'there,2'])
  write('vehicle_start.csv', ['car_num,factory_id', 'V_1,there'])
  const ways = [
    'start_factory_id,end_factory_id,distance,time',
    'here,there,5.5,660',
    'there,here,6,720',
  ]
  writeFileSync(join(dir, 'route_info.csv.gz'), gzipSync(ways.join('\n')))
  write('instance_2/vehicle_info_1.csv', ['car_num,capacity', 'V_1,15'])
  writeOrders('007,16,1,1,16.75,23:00:00,03:00:00,here,there')
})
afterEach(() => rmSync(dir, { recursive: true }))

const write = (path: string, lines: string[]) => writeFileSync(join(dir, path), lines.join('\n'))
const writeOrders = (...lines: string[]) => {
  const columns = 'order_id,q_standard,q_small,q_box,demand,creation_time,committed_completion_time'
  write('instance_2/1_1.csv', [`${columns},pickup_id,delivery_id`, ...lines])
}
const read = () => readDay(join(dir, 'instance_2'), readMap(dir))

test('an order over the capacity is split by whole items, and due on the next day', () => {
  expect(daysIn(dir)).toEqual(['instance_2'])
  const day = read()
  expect(day.vehicles).toEqual([{ name: 'V_1', capacityQuarters: 60, start: 1 }])
  expect(day.ways.driveSeconds).toEqual(Int32Array.of(0, 660, 720, 0))
  expect(day.orders).toMatchObject([
    { id: '007', pickup: 0, delivery: 1, createdSeconds: 82_800, dueSeconds: 97_200 },
  ])
  expect(day.loads).toEqual([
    { order: 0, firstItem: 0, endItem: 15, quarters: 60 },
    { order: 0, firstItem: 15, endItem: 18, quarters: 7 },
  ])
})

test.each([
  ['007,1,0,0,2,23:00:00,03:00:00,here,there', '1_1.csv:2: its items are 1 pallets'],
  ['007,1,0,0,1,23:00,03:00:00,here,there', 'creation_time is not a time HH:MM:SS: 23:00'],
  ['007,1,0,0,1,23:00:00,03:00:00,here,nowhere', 'there is no factory nowhere'],
  ['007,-1,0,0,1,23:00:00,03:00:00,here,there', 'q_standard is not a number of 0 or more: -1'],
  ['007,1.5,0,0,1,23:00:00,03:00:00,here,there', 'q_standard is not a whole number: 1.5'],
  ['007,0,0,0,0,23:00:00,03:00:00,here,there', 'it has no item'],
  ['007,1', '2 fields under a header of 9'],
])('refuses the order %s', (line, why) => {
  writeOrders(line)
  expect(read).toThrow(why)
})

test('says which file is missing or wrong', () => {
  expect(() => daysIn(join(dir, 'elsewhere'))).toThrow('is no folder')
  expect(() => daysIn(join(dir, 'instance_2'))).toThrow('has no folder instance_1 or the like')
  writeFileSync(join(dir, 'route_info.csv.gz'), 'not compressed')
  expect(() => readMap(dir)).toThrow('route_info.csv.gz cannot be decompressed')
  rmSync(join(dir, 'route_info.csv.gz'))
  expect(() => readMap(dir)).toThrow('route_info.csv, nor')
  write('route_info.csv', ['start_factory_id,end_factory_id,distance,time', 'here,there,5.5,660'])
  expect(() => readMap(dir)).toThrow('no way from the factory in row 2 to that in row 1')
})
