// A day that was drawn before is played: jobs and drives take what they are told to take, and fail
// where they are told to.
import { mkdir } from 'node:fs/promises'
import { afterEach, expect, test } from '@jest/globals'
import type { Course } from '../../devices/gateway/drivers/course.ts'
import { virtualMachine } from '../../devices/gateway/drivers/virtualMachine.ts'
import { virtualTruck } from '../../devices/gateway/drivers/virtualTruck.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

const timeFactor = 1_000
const job = { jobId: 'job_1', attempt: 1, expectedSeconds: 100, expectedGrams: 5 }
const home = { lon: -89.65, lat: 39.8 }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function printed(course: Course) {
  const dir = testDir('course')
  await mkdir(dir, { recursive: true })
  const caps = {
    process: 'fdm' as const,
    volumeMm: { x: 1, y: 1, z: 1 },
    resolutionMicrons: 100,
    materials: [],
    instructionKinds: ['gcode'],
    keyId: null,
  }
  const profile = { machineId: 'mac_1', caps }
  const driver = virtualMachine({ dir, profile, timeFactor, course })(() => {})
  closing.push(driver.close)
  await driver.prepare(job, '')
  await driver.start()
  return await until(async () => {
    const reading = await driver.read()
    return reading?.job?.ended ? reading.job : null
  })
}

test('a print takes the told multiple of what was expected, and still reports what it made', async () => {
  const made = await printed({ ...asUsual, making: () => ({ factor: 2.5, failsAt: null }) })
  expect(made.ended).toMatchObject({ type: 'finished' })
  expect(made.ended!.atMs - made.startedAtMs!).toBe(250)
  expect(made.printedSeconds).toBe(100)
})

test('a print fails at the told share of its real time', async () => {
  const made = await printed({ ...asUsual, making: () => ({ factor: 2, failsAt: 0.25 }) })
  expect(made.ended).toMatchObject({ type: 'failed' })
  expect(made.ended!.atMs - made.startedAtMs!).toBe(50)
})

test('a drive takes the told time however far it is, and a stop its planned one at its own pace', async () => {
  const dir = testDir('course')
  await mkdir(dir, { recursive: true })
  const told = new Map<string, number>()
  const asked: string[] = []
  const truck = virtualTruck({
    dir,
    profile: { vehicleId: 'veh_1', start: home, serviceSpeed: 1 / timeFactor },
    timeFactor,
    course: {
      ...asUsual,
      driveSeconds: (vehicleId, { stopId }) => {
        asked.push(`${vehicleId} ${stopId}`)
        return 300
      },
    },
    report: (_key, { type }) => told.set(type, told.get(type) ?? performance.now()),
    onMove: () => {},
  })
  closing.push(truck.close)
  // It stands longer than the drive takes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 350)
  const stop = { id: 'far', lon: home.lon + 5, lat: home.lat, label: '', fulfilmentId: null }
  const stops = [{ ...stop, serviceSeconds: 0.2, readyAtMs: 0, loaded: true }]
  truck.setStops({ v: 1, version: 1, stops })
  await until(() => told.has('stop_done'))
  expect(asked).toEqual(['veh_1 far'])
  const between = (from: string, to: string) => told.get(to)! - told.get(from)!
  expect(between('departed', 'arrived')).toBeGreaterThanOrEqual(299)
  // At its usual pace it would be half a minute.
  expect(between('departed', 'arrived')).toBeLessThan(15_000)
  expect(between('arrived', 'stop_done')).toBeGreaterThanOrEqual(199)
})

const asUsual: Course = {
  making: () => ({ factor: 1, failsAt: null }),
  driveSeconds: () => 1,
}
