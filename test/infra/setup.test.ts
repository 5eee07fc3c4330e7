// The set-up of a fresh clone: silent when all is there, believes nothing unchecked, leaves nothing half done.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { isAlive } from '../../infra/processes.ts'
import { projectDir } from '../../infra/programs.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

interface Place {
  root: string
  tools: string
}

interface Parts {
  downloaded: (place: Place, origin: string) => Promise<string>
  temporal: {
    install: (place: Place, sources: ((at: Place) => Promise<string>)[]) => Promise<void>
  }
  osrm: { install: (place: Place, wheel: [version: string, sha256: string]) => Promise<void> }
  locked: <T>(place: Place, work: () => Promise<T>) => Promise<T>
  failedLately: (place: Place, name: string, nowMs?: number) => boolean
  noteFailure: (place: Place, name: string, reason: string) => void
  packages: { isThere: (place: Place) => boolean }
}

let place: Place
let parts: Parts
let server: Server | undefined

beforeEach(async () => {
  const root = testDir('setup')
  place = { root, tools: join(root, '.tools') }
  mkdirSync(place.tools, { recursive: true })
  const files = ['temporal', 'osrm', 'lock', 'failures', 'packages']
  const modules: object[] = await Promise.all(
    files.map(async (file) => await import(join(projectDir, `infra/setup/${file}.mjs`))),
  )
  parts = Object.assign({}, ...modules)
})

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  rmSync(place.root, { recursive: true, force: true })
})

test('is silent and asks no registry when everything is there', async () => {
  const asked = join(place.root, 'asked')
  for (const name of ['npm', 'go', 'python3', 'apt-get', 'tar']) {
    programHere(name, `echo ${name} >> ${asked}; exit 1`)
  }
  const PATH = `${join(place.root, 'bin')}:${process.env['PATH']}`
  const { code, output } = await setup([], { ...process.env, PATH })
  expect({ code, output }).toEqual({ code: 0, output: '' })
  expect(existsSync(asked)).toBe(false)
})

test('explains itself and refuses flags that it does not know', async () => {
  expect((await setup(['--help'])).output).toMatch(/--retry/)
  expect(await setup(['--rety'])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/--rety/),
  })
})

test('an archive whose program names another version is not believed', async () => {
  const origin = await serving(archiveOf('echo temporal version 9.9.9'))
  await expect(parts.downloaded(place, origin)).rejects.toThrow(/9\.9\.9/)
  expect(existsSync(join(place.tools, 'bin/temporal'))).toBe(false)
})

test('an archive that breaks off leaves no program, and the next way is taken', async () => {
  const origin = await serving(archiveOf('echo temporal version 1.5.1'), { breakOff: true })
  const other = join(place.tools, 'other')
  await parts.temporal.install(place, [
    async (at) => await parts.downloaded(at, origin),
    async () => {
      writeFileSync(other, 'built')
      return other
    },
  ])
  expect(readFileSync(join(place.tools, 'bin/temporal'), 'utf8')).toBe('built')
  expect(readdirSync(place.tools)).toEqual(['bin'])
})

test('a whole archive becomes the program', async () => {
  const origin = await serving(archiveOf('echo temporal version 1.5.1'))
  await parts.temporal.install(place, [async (at) => await parts.downloaded(at, origin)])
  expect(execFileSync(join(place.tools, 'bin/temporal')).toString()).toMatch(/1\.5\.1/)
})

test('a wheel with another hash is refused', async () => {
  const wheel = 'osrm_bindings-26.10.0-py3-none-any.whl'
  const index = `<a href="/${wheel}">${wheel}</a>`
  const url = await answering(({ url: asked }) => (asked?.endsWith('.whl') ? 'a wheel' : index))
  Object.assign(process.env, { PIP_INDEX_URL: url, PIP_CONFIG_FILE: '/dev/null' })
  const refused = parts.osrm.install(place, ['26.10.0', '0'.repeat(64)])
  await expect(refused).rejects.toThrow(/sha256|not installed|No module named pip/)
  expect(existsSync(join(place.tools, 'osrm'))).toBe(false)
})

test('what an interrupted run left is cleared away by the next', async () => {
  mkdirSync(join(place.tools, 'new-temporal-build'))
  writeFileSync(join(place.tools, 'setup.lock'), '999999999')
  await parts.locked(place, async () => {
    expect(readdirSync(place.tools)).toEqual(['setup.lock'])
    await sleep(0)
  })
  expect(readdirSync(place.tools)).toEqual([])
})

test('an interrupted run takes along what it started, and the next one goes straight on', async () => {
  const installing = join(place.root, 'installing')
  // Like npm it starts others, and is deaf to what a terminal or a parent would send.
  const npm = `echo $$ >> ${installing}; trap '' INT TERM HUP; sleep 60 & echo $! >> ${installing}; wait`
  const first = setupOfItsOwn(npm)
  await until(() => pidsIn(installing).length === 2)
  first.child.kill('SIGINT')
  const { signal, output } = await first.ended
  expect(signal).toBe('SIGINT')
  expect(output).toMatch(/interrupted/)
  await until(() => !pidsIn(installing).some(isAlive))

  const next = await setupOfItsOwn('echo no network; exit 1').ended
  expect(next.output).toMatch(/packages could not be installed.*\nno network/)
  expect(next.output).not.toMatch(/another set-up/)
})

test('two runs at once go one after the other', async () => {
  const order: string[] = []
  const first = Promise.withResolvers<undefined>()
  const one = parts.locked(place, async () => {
    order.push('one begins')
    await first.promise
    order.push('one ends')
  })
  const two = parts.locked(place, async () => order.push('two begins'))
  await until(() => order.length === 1)
  first.resolve(undefined)
  await Promise.all([one, two])
  expect(order).toEqual(['one begins', 'one ends', 'two begins'])
})

test('an optional part that could not be had is not asked for again within a day', () => {
  parts.noteFailure(place, 'osrm', 'no wheel')
  expect(parts.failedLately(place, 'osrm')).toBe(true)
  expect(parts.failedLately(place, 'osrm', Date.now() + 25 * 3_600_000)).toBe(false)
  expect(parts.failedLately(place, 'mosquitto')).toBe(false)
})

test('packages count as there when they match the lock, whatever the platform left out', () => {
  const lock = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': optional('2.0.0'),
  }
  mkdirSync(join(place.root, 'node_modules'))
  writeFileSync(join(place.root, 'package-lock.json'), JSON.stringify({ packages: lock }))
  expect(parts.packages.isThere(place)).toBe(false)
  installed({ 'node_modules/a': { version: '0.9.0' } })
  expect(parts.packages.isThere(place)).toBe(false)
  installed({ 'node_modules/a': { version: '1.0.0' } })
  expect(parts.packages.isThere(place)).toBe(true)
})

function optional(version: string) {
  return { version, optional: true }
}

function installed(found: object): void {
  const notes = join(place.root, 'node_modules/.package-lock.json')
  writeFileSync(notes, JSON.stringify({ packages: found }))
}

async function setup(flags: string[] = [], env = process.env) {
  return await endOf(
    spawn(process.execPath, [join(projectDir, 'infra/setup.mjs'), ...flags], { env }),
  )
}

/** A program of this name in the folder `bin`. */
function programHere(name: string, script: string): void {
  mkdirSync(join(place.root, 'bin'), { recursive: true })
  writeFileSync(join(place.root, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** A set-up in an empty folder, with this script for npm. */
function setupOfItsOwn(npm: string) {
  cpSync(join(projectDir, 'infra/setup.mjs'), join(place.root, 'infra/setup.mjs'))
  cpSync(join(projectDir, 'infra/setup'), join(place.root, 'infra/setup'), { recursive: true })
  writeFileSync(join(place.root, 'package-lock.json'), JSON.stringify({ packages: { a: {} } }))
  programHere('npm', npm)
  const env = { PATH: `${join(place.root, 'bin')}:/usr/bin:/bin` }
  const child = spawn(process.execPath, [join(place.root, 'infra/setup.mjs')], { env })
  return { child, ended: endOf(child) }
}

async function endOf(child: ChildProcess) {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...end) => resolve(end))
  })
  return { code, signal, output }
}

function pidsIn(path: string): number[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').trim().split('\n').map(Number)
}

function archiveOf(script: string): Buffer {
  const program = join(place.root, 'temporal')
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  return execFileSync('tar', ['-czf', '-', '-C', place.root, 'temporal'])
}

async function serving(archive: Buffer, { breakOff = false } = {}): Promise<string> {
  return await answering((_request, response) => {
    if (!breakOff) return archive
    response.writeHead(200, { 'content-length': archive.length })
    response.write(archive.subarray(0, archive.length / 2), () => response.destroy())
    return null
  })
}

/** A server of this test: null means that it has answered otherwise. */
async function answering(
  answer: (request: IncomingMessage, response: ServerResponse) => string | Buffer | null,
): Promise<string> {
  server = createServer((request, response) => {
    const body = answer(request, response)
    if (body !== null) response.setHeader('content-type', 'text/html').end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}
