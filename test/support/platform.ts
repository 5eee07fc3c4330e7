// Gives a test file its real parts: a database, a Temporal namespace, a broker of its own.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startBroker, type BrokerEngine, type BrokerPart } from '../../infra/broker.ts'
import { createDatabase, dropDatabase } from '../../infra/postgres.ts'
import type { SharedPostgres, SharedTemporal } from './desk.ts'

export interface TestDatabase {
  url: string
  drop: () => Promise<void>
}

/** A fresh database on the run's PostgreSQL, migrated unless `empty`. Drop it when the file ends. */
export async function postgresForTest({ empty = false } = {}): Promise<TestDatabase> {
  const shared = await ask<SharedPostgres>('postgres')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const template = empty ? undefined : shared.template
  const url = await createDatabase(shared.url, name, { template })
  return { url, drop: async () => await dropDatabase(shared.url, name) }
}

/** The run's Temporal server, with a namespace that no other caller gets; all search attributes are registered. */
export async function temporalForTest(): Promise<SharedTemporal> {
  return await ask<SharedTemporal>('temporal')
}

/** A broker of its own, mosquitto when it is there. Stop it when the file ends: its data goes with it. */
export async function brokerForTest({
  engine,
}: { engine?: BrokerEngine } = {}): Promise<BrokerPart> {
  const url = engine === undefined ? process.env['TEST_MQTT_URL'] : undefined
  const dir = testDir('broker')
  const broker = await startBroker({ dir, engine, url })
  const stop = async () => {
    await broker.stop()
    await rm(dir, { recursive: true, force: true })
  }
  return { ...broker, stop }
}

/** A place for the files of one test: gone when the run ends, swept by the next one if this one is killed. */
export function testDir(purpose: string): string {
  const dir = process.env['FABROUTE_TEST_DIR']
  if (!dir) throw new Error('places for files are there for tests that Jest runs')
  return join(dir, `${purpose}-${randomUUID()}`)
}

async function ask<T>(server: string): Promise<T> {
  const desk = process.env['FABROUTE_TEST_DESK']
  if (!desk) throw new Error('the shared servers are there for files that Jest runs')
  const response = await fetch(`${desk}/${server}`)
  if (!response.ok) throw new Error(`${server} for tests: ${await response.text()}`)
  const found: T = JSON.parse(await response.text())
  return found
}
