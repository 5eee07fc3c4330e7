// Ports are chosen seconds before somebody listens on them: whoever chooses meanwhile chooses another.
import { afterEach, expect, test } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort, portFor, releasePort } from '../../infra/ports.ts'
import { testDir } from '../support/platform.ts'
import { sparePort } from './sparePort.ts'

const choosers: ChildProcess[] = []
afterEach(async () => await killChoosers())

async function killChoosers(): Promise<void> {
  for (const chooser of choosers.splice(0)) {
    if (chooser.exitCode !== null) continue
    chooser.kill('SIGKILL')
    await once(chooser, 'exit')
  }
}

const wish = (preferred: number) => ({ dir: testDir('ports'), name: 'api', preferred })

/** What another process chooses that wants the same, and goes on to run. */
async function chosenElsewhere(preferred: number): Promise<number> {
  const script = `
    import { portFor } from ${JSON.stringify(new URL('../../infra/ports.ts', import.meta.url).href)}
    console.log(await portFor(${JSON.stringify(wish(preferred))}))
    setInterval(() => undefined, 1_000)`
  const chooser = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
  choosers.push(chooser)
  const [said]: Buffer[] = await once(chooser.stdout, 'data')
  return Number(said)
}

test('those who want the same port at the same time get one each, also in other processes', async () => {
  const preferred = await sparePort()
  const ports = await Promise.all([
    ...[1, 2, 3].map(() => portFor(wish(preferred))),
    ...[1, 2, 3].map(() => chosenElsewhere(preferred)),
  ])
  expect(ports).toContain(preferred)
  expect(new Set(ports).size).toBe(6)
  for (const port of ports.slice(0, 3)) releasePort(port)
})

test('of many that are chosen at once none is another', async () => {
  const ports = await Promise.all(Array.from({ length: 400 }, freePort))
  expect(new Set(ports).size).toBe(400)
  ports.forEach(releasePort)
})

test('what is released, or was chosen by a process that was killed, can be chosen again', async () => {
  const port = await sparePort()
  expect(await portFor(wish(port))).toBe(port)
  releasePort(port)
  expect(await chosenElsewhere(port)).toBe(port)
  expect(await portFor(wish(port))).not.toBe(port)
  await killChoosers()
  expect(await portFor(wish(port))).toBe(port)
  releasePort(port)
})
