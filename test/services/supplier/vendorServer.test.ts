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

const root = mkdtempSync(join(tmpdir(), 'vendor-'))
const file = Buffer.from('solid faucet handle')
let vendor: ChildProcess
let port: number

beforeAll(async () => {
  mkdirSync(join(root, 'files'))
  writeFileSync(join(root, 'files', 'faucet-handle.stl'), file)
  writeFileSync(join(root, 'secret'), 'not to be served')
  vendor = spawn(process.execPath, ['services/supplier/vendorServer.ts'], {
    env: { ...process.env, VENDOR_PORT: '0', VENDOR_DIR: join(root, 'files') },
  })
  port = (await readyLine<{ address: { port: number } }>(vendor)).address.port
})

afterAll(async () => {
  vendor.kill()
  await once(vendor, 'exit')
  rmSync(root, { recursive: true })
})

test('instructions are fetched from the vendor by name', async () => {
  const bytes = await openSuppliers({ allowPrivateAddresses: true }).fetchInstructions({
    url: `http://127.0.0.1:${port}/faucet-handle.stl`,
    sha256: createHash('sha256').update(file).digest('hex'),
    maxBytes: 1_000,
  })
  expect(file.equals(bytes)).toBe(true)
})

test.each(['/', '/missing.stl', '/../secret', '/..%2fsecret', '/.hidden', '/a/b'])(
  '%s is not there',
  async (path) => {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404)
  },
)
