// A Temporal server that skips the time nothing happens in, for tests of timers: Java's, fetched by Maven once.
import { temporal } from '@temporalio/proto'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accepts, freePort } from '../../infra/ports.ts'
import { findProgram, projectDir } from '../../infra/programs.ts'
import { searchAttributes } from '../../infra/temporal.ts'
import { until } from './until.ts'

const version = '1.38.0'
const dir = join(projectDir, '.tools/temporal-test-server', version)
const script = join(dir, 'temporal-test-server')
const fetchingMs = 5 * 60_000
/** Fetched twice, and started where much else is. */
export const openingMs = 15 * 60_000

/** In CI it has to be there; elsewhere tests that need it are skipped, and say so. */
export function timeSkippingIsHad(): boolean {
  const isHad = findProgram('java') !== null && (existsSync(script) || findProgram('mvn') !== null)
  if (!isHad) console.warn('Java and Maven are not installed here: tests of timers are skipped')
  return isHad || process.env['CI'] === 'true'
}

export interface TimeSkipping {
  server: TestWorkflowEnvironment
  close: () => Promise<void>
}

/** Started here: the SDK gives Java five seconds, which are too few where other tests are at work. */
export async function openTimeSkipping(): Promise<TimeSkipping> {
  if (!existsSync(script)) await install()
  const port = await freePort()
  const java = spawn(script, [String(port)], { stdio: 'ignore' })
  const close = async () => {
    if (java.exitCode !== null || java.signalCode !== null) return
    java.kill()
    await once(java, 'exit')
  }
  try {
    await until(() => accepts('127.0.0.1', port), { timeoutMs: 120_000, what: 'Java’s server' })
    const server = await connectedTo(`127.0.0.1:${port}`)
    await server.connection.operatorService.addSearchAttributes({
      searchAttributes: Object.fromEntries(
        Object.entries(searchAttributes).map(([name, type]) => [
          name,
          IndexedValueType[types[type]],
        ]),
      ),
    })
    const closeBoth = async () => {
      await server.teardown()
      await close()
    }
    return { server, close: closeBoth }
  } catch (error) {
    await close()
    throw error
  }
}

/** What is public of the SDK either starts the server itself or skips no time. */
async function connectedTo(address: string): Promise<TestWorkflowEnvironment> {
  const create: (options: object) => Promise<TestWorkflowEnvironment> = Reflect.get(
    TestWorkflowEnvironment,
    'create',
  ).bind(TestWorkflowEnvironment)
  return await create({
    server: { type: 'existing' },
    address,
    namespace: 'default',
    supportsTimeSkipping: true,
    connectionOptions: { connectTimeout: '1 minute' },
  })
}

const { IndexedValueType } = temporal.api.enums.v1
const types = {
  Keyword: 'INDEXED_VALUE_TYPE_KEYWORD',
  Bool: 'INDEXED_VALUE_TYPE_BOOL',
  Datetime: 'INDEXED_VALUE_TYPE_DATETIME',
} as const

/** The jars come first into a folder of another name, so that an interrupted fetch leaves nothing half done. */
async function install(): Promise<void> {
  const part = `${dir}.${process.pid}`
  await mkdir(part, { recursive: true })
  await writeFile(join(part, 'pom.xml'), pom)
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars']
  const maven = ['-q', '-B', `-Dmaven.repo.local=${join(part, 'repository')}`, ...goal]
  const fetched = async () =>
    await promisify(execFile)('mvn', maven, { cwd: part, timeout: fetchingMs })
  // Of a connection that broke Maven remembers what it has.
  await fetched().catch(fetched)
  await rm(join(part, 'repository'), { recursive: true })
  await writeFile(join(part, 'temporal-test-server'), launcher, { mode: 0o755 })
  await rm(dir, { recursive: true, force: true })
  await rename(part, dir)
}

const launcher = `#!/bin/sh
exec java -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fabroute</groupId><artifactId>time-skipping</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId>
    <version>${version}</version>
  </dependency></dependencies>
</project>
`
