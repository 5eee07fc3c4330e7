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

// By their names, so that the one that goes is the first of all that there are.
test.each([
  ['is heard', 'b', false],
  ['is lost', 'a', true],
])(
  'a truck that is taken away while its list is on the way leaves none behind, also where the answer %s',
  async (_, name, isLost) => {
    const [goes, stays] = [await addTruck(`${name}1`), await addTruck(`${name}2`)]
    const gone = `veh_${name}1`
    let wasAsked = false
    const router: Pick<Router, 'route'> = {
      async route() {
        wasAsked ||=
          (await db.storage.sql('delete from vehicle where id = $1 returning 1', [gone])).length > 0
        return { meters: 0, seconds: 0, line: [], legs: [], dataVersion: 'none' }
      },
    }
    const publishStops: Commands['publishStops'] = async (siteId, vehicleId, list) => {
      await commands.publishStops(siteId, vehicleId, list)
      if (isLost && list !== null && vehicleId === gone) throw new Error('no answer in time')
    }
    const log = pino({ level: 'silent' })
    const lists = await startStopLists({
      storage: db.storage,
      router,
      commands: { publishStops },
      log,
    })
    await until(async () => (await retainedAt(broker.url)).includes(stays))
    await lists.stop()
    expect(wasAsked).toBe(true)
    expect(await retainedAt(broker.url)).not.toContain(goes)
  },
)
