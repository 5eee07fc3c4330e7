// Trucks have their stops from the broker, which keeps the list of each that there is, and of no other.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Commands, openCommands } from '../../devices/commands.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import type { Router } from '../../services/router/router.ts'
import { putSite } from '../../storage/sites.ts'
import { startStopLists } from '../../workers/stopLists.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { brokerForTest } from '../support/platform.ts'
import { retainedAt } from '../support/retained.ts'
import { until } from '../support/until.ts'

let db: TestStorage
let broker: BrokerPart
let commands: Commands

beforeAll(async () => {
  db = await storageForTest()
  broker = await brokerForTest()
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
})
afterAll(async () => {
  await commands.close()
  await broker.stop()
  await db.close()
})

const place = { lon: -89.65, lat: 39.8 }

/** A truck with one stop; answers the topic of its list. */
async function addTruck(id: string): Promise<string> {
  const stop = { id: `${id}.0`, place, label: '1 Main Street', fulfilmentId: null }
  const stops = [{ ...stop, serviceSeconds: 60, readyAtMs: 0, dueAtMs: null }]
  await putSite(db.storage, {
    id: `sit_${id}`,
    kind: 'truck',
    name: id,
    region: 'test',
    place,
    storefrontId: null,
    machines: [],
    compartments: [],
    compartmentMm: { x: 1, y: 1, z: 1 },
    vehicle: { id: `veh_${id}`, stops, stopsVersion: 1, repeatsRound: false },
  })
  return topics.vehicle(`sit_${id}`, `veh_${id}`, 'stops')
}

test('a truck that is taken away while its list is on the way leaves none behind', async () => {
  const [stays, goes] = [await addTruck('stays'), await addTruck('goes')]
  let asked = 0
  const router: Pick<Router, 'route'> = {
    async route() {
      asked += 1
      await db.storage.sql(`delete from vehicle where id = 'veh_goes'`)
      return { meters: 0, seconds: 0, line: [], legs: [], dataVersion: 'none' }
    },
  }
  const log = pino({ level: 'silent' })
  const lists = await startStopLists({ storage: db.storage, router, commands, log })
  await until(async () => (await retainedAt(broker.url)).includes(stays))
  await lists.stop()
  expect(asked).toBe(2)
  expect(await retainedAt(broker.url)).not.toContain(goes)
})
