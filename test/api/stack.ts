// Runs the API as its main does, on a free port over a fresh database, and checks each answer against its contract.
import type { Server } from 'node:http'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { pino } from 'pino'
import type { TSchema } from 'typebox'
import type { ApiDeps } from '../../api/deps.ts'
import { headerComponents, headersOf } from '../../api/openapiHeaders.ts'
import { Problem } from '../../api/problem.ts'
import type { AnyContract } from '../../api/route.ts'
import { routes } from '../../api/routes.ts'
import { createApiServer } from '../../api/server.ts'
import { wire } from '../../api/wiring.ts'
import { cityOsm } from '../../services/router/city.ts'
import type { Storage } from '../../storage/storage.ts'
import { storageForTest } from '../storage/fixture.ts'
import { asApiRole, dataKey } from '../storage/fixture.ts'
import { testDir } from '../support/platform.ts'
import { addKey, addStorefront, buildWorld } from './world.ts'

export interface Answered {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read what the contract has been checked to hold
  body: any
}

export interface CallOptions {
  body?: unknown
  /** Sent as it is instead of the body as JSON. */
  raw?: string
  key?: string | null
  headers?: Record<string, string>
}

export interface Stack {
  url: string
  storage: Storage
  deps: ApiDeps
  storefrontId: string
  key: string
  call: (method: string, path: string, options?: CallOptions) => Promise<Answered>
  get: (path: string, options?: CallOptions) => Promise<Answered>
  /** With an Idempotency-Key of its own, unless one is given. */
  post: (path: string, body: unknown, options?: CallOptions) => Promise<Answered>
  /** Nothing is held any more, and the next quotes see it. */
  freeAll: () => Promise<void>
  close: () => Promise<void>
}

interface StackOptions {
  temporal?: { address: string; namespace: string }
  budgetFactor?: number
  compartments?: number
  /** With which a carrier signs; without it none calls. */
  carrierSecret?: string
  /** Replaces what was wired, before the application is made of it. */
  change?: (deps: ApiDeps) => void
}

export async function apiForTest(options: StackOptions = {}): Promise<Stack> {
  const database = await storageForTest()
  const { storage } = database
  const dir = testDir('api')
  await mkdir(dir, { recursive: true })
  const mapPath = join(dir, 'city.osm')
  await writeFile(mapPath, cityOsm())
  await buildWorld(storage, { compartments: options.compartments ?? 12 })
  const { deps, stopStreams, close } = await wire(
    {
      databaseUrl: asApiRole(database.url),
      dataKey,
      // Port 9 is where nobody answers: without Temporal, orders are left to the relay.
      temporalAddress: options.temporal?.address ?? '127.0.0.1:9',
      temporalNamespace: options.temporal?.namespace ?? 'default',
      osrmUrl: null,
      mapPath,
      artifactsDir: join(dir, 'artifacts'),
      artifactsUrl: null,
      mqttUrl: null,
      mqttTls: {},
      host: '127.0.0.1',
      port: 0,
      inbox: true,
      carrier: 'fabpost',
      carrierSecret: options.carrierSecret ?? '',
      budgetFactor: options.budgetFactor ?? 1,
      logLevel: 'silent',
    },
    pino({ level: 'silent' }),
    // No relay starts here what a slow server did not, and no stream reads but what it was told of.
    { startDeadlineMs: 60_000, keepAliveMs: 3_600_000 },
  )
  options.change?.(deps)
  const server = createApiServer(routes, deps)
  const url = await listening(server)
  const storefrontId = await addStorefront(storage)
  const key = await addKey(storage, storefrontId)
  const caller = callerOf(url, key)
  return {
    url,
    storage,
    deps,
    storefrontId,
    key,
    ...caller,
    async freeAll() {
      await storage.sql('delete from reservation')
      // As after a plan that was lost: each plan reads for itself what is free.
      deps.facts.free.note(new Map(), [])('lost')
      // One that began before may still come, and is older than this one.
      await deps.facts.free.known()
    },
    async close() {
      stopStreams()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await close()
      await database.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function callerOf(url: string, ownKey: string) {
  const call: Stack['call'] = async (
    method,
    path,
    { body, raw, key = ownKey, headers = {} } = {},
  ) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const answered = type.includes('json') && text !== '' ? JSON.parse(text) : null
    if (path.startsWith('/v1')) {
      checkContract(method, path, response.status, type, answered)
      checkHeaders(method, path, response)
    }
    return { status: response.status, headers: response.headers, text, body: answered }
  }
  return {
    call,
    get: (path: string, options: CallOptions = {}) => call('GET', path, options),
    post: (path: string, body: unknown, options: CallOptions = {}) => {
      const headers = { 'idempotency-key': crypto.randomUUID(), ...options.headers }
      return call('POST', path, { body, ...options, headers })
    },
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)
const compiled = new Map<TSchema, ValidateFunction>()

function checkContract(method: string, path: string, status: number, type: string, body: unknown) {
  if (status === 304 || status === 204) return
  const schema = type.includes('problem+json') ? Problem : schemaOf(method, path, status)
  if (!schema)
    throw new Error(`${method} ${path} answered ${status} ${type}, which no contract says`)
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, validate)
  if (!validate(body)) {
    throw new Error(
      `${method} ${path} broke its contract: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
    )
  }
}

function schemaOf(method: string, path: string, status: number): TSchema | null {
  return contractOf(method, path)?.responses[status] ?? null
}

/** The headers that are ours are those that the document names: no more, and the ones of the thing no less. */
function checkHeaders(method: string, path: string, { status, headers }: Response) {
  const contract = contractOf(method, path)
  if (!contract) return
  const named = Object.keys(headersOf(contract, status < 400 ? status : 'default'))
  const sent = Object.keys(headerComponents).filter((name) => headers.has(name))
  const surplus = sent.filter((name) => !named.includes(name))
  const missing = named.filter((name) => ofTheThing.has(name) && status < 400 && !headers.has(name))
  if (surplus.length + missing.length === 0) return
  const told = `not named: ${surplus.join(', ')}; not sent: ${missing.join(', ')}`
  throw new Error(`${method} ${path} answered ${status} with other headers: ${told}`)
}

const ofTheThing = new Set(['Location', 'ETag'])

function contractOf(method: string, path: string): AnyContract | undefined {
  const { pathname } = new URL(path, 'http://api')
  const found = routes.find(({ contract }) => {
    const shape = new RegExp(`^${contract.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return contract.method === method.toLowerCase() && shape.test(pathname)
  })
  return found?.contract
}
