// Who listens hears each notification once, whenever and however often his connection breaks.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { freePort } from '../../infra/ports.ts'
import { listener } from '../../storage/listener.ts'
import { doorTo } from '../support/door.ts'
import { until } from '../support/until.ts'
import { storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
let heard: string[]
let stops: (() => Promise<void>)[] = []
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => db.close())
beforeEach(() => {
  heard = []
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const say = async (text: string) => await db.storage.sql(`select pg_notify('news', $1)`, [text])

/** Notifications through a door that nobody has opened yet. */
async function behindDoor() {
  const port = await freePort()
  const at = new URL(db.url)
  const server = { host: at.hostname, port: Number(at.port) }
  at.port = String(port)
  const notifications = listener({ connectionString: at.href })
  stops.push(async () => await notifications.close())
  const open = async (isCut?: (said: string) => boolean) => {
    const door = await doorTo(server, port, isCut)
    stops.push(door.close)
  }
  return { notifications, open }
}

test('who asked while the database was away is told so, and hears what comes when he asks again', async () => {
  const { notifications, open } = await behindDoor()
  const listen = async () => await notifications.listen('news', (text) => heard.push(text))
  await expect(listen()).rejects.toThrow('ECONNREFUSED')
  await open()
  await listen()
  await say('it is back')
  await until(() => heard.length > 0)
  expect(heard).toEqual(['it is back'])
})

test('a connection that breaks again while it subscribes is followed by one, not by two', async () => {
  const { notifications, open } = await behindDoor()
  let cuts = Infinity
  await open((said) => said.includes('listen "news"') && ++cuts === 1)
  let gaps = 0
  await notifications.listen(
    'news',
    (text) => heard.push(text),
    () => (gaps += 1),
  )
  cuts = 0
  await db.storage.sql(
    `select pg_terminate_backend(pid, 60000) from pg_stat_activity
     where datname = current_database() and query = 'listen "news"'`,
  )
  await until(() => gaps > 0)
  const texts = Array.from({ length: 20 }, (_, nth) => `news ${nth}`)
  for (const text of texts) {
    await say(text)
    await until(() => heard.includes(text))
  }
  expect([cuts, gaps, heard]).toEqual([2, 1, texts])
})
