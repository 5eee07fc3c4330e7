// The demo vendor's server is a process of its own that serves the files of its folder and nothing else.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSuppliers } from '../../../services/supplier/http.ts'
import { readyLine } from '../../support/readyLine.ts'
import { until } from '../../support/until.ts'

const root = mkdtempSync(join(tmpdir(), 'vendor-'))
const file = Buffer.from('solid faucet handle')
let vendor: ChildProcess
let port: number
let said = ''

beforeAll(async () => {
  mkdirSync(join(root, 'files'))
  writeFileSync(join(root, 'files', 'faucet-handle.stl'), file)
  writeFileSync(join(root, 'secret'), 'not to be served')
  vendor = spawn(process.execPath, ['services/supplier/vendorServer.ts'], {
    env: { ...process.env, VENDOR_PORT: '0', VENDOR_DIR: join(root, 'files') },
  })
  vendor.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  port = (await readyLine<{ address: { port: number } }>(vendor)).address.port
})

afterAll(async () => {
  vendor.kill()
  await once(vendor, 'exit')
  rmSync(root, { recursive: true })
})

const fetched = async (name: string, content: Buffer) =>
  await openSuppliers({ allowPrivateAddresses: true }).fetchInstructions({
    url: `http://127.0.0.1:${port}/${name}`,
    sha256: createHash('sha256').update(content).digest('hex'),
    maxBytes: 1_000_000,
  })

test('instructions are fetched from the vendor by name', async () => {
  expect(file.equals(await fetched('faucet-handle.stl', file))).toBe(true)
})

const words = (word: string) => said.split(word).length - 1

test('whoever leaves with the last byte was served', async () => {
  const large = Buffer.alloc(200_000, 'solid')
  writeFileSync(join(root, 'files', 'large.stl'), large)
  const times = 60
  for (let nth = 0; nth < times; nth += 1) await fetched('large.stl', large)
  await until(() => words('"name":"large.stl"') + words('broke off') >= times)
  expect([words('"name":"large.stl"'), words('broke off')]).toEqual([times, 0])
})

test.each(['/', '/missing.stl', '/../secret', '/..%2fsecret', '/.hidden', '/a/b'])(
  '%s is not there',
  async (path) => {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404)
  },
)
