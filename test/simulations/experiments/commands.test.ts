// The command line: what it says when all is well, when it was called wrongly, and when it is stopped.
import { afterAll, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context } from '../../../simulations/commands/command.ts'
import { openScreen } from '../../../simulations/commands/screen.ts'
import { simulate } from '../../../simulations/main.ts'
import { type Queue, queueScenario } from './queueModel.ts'
import { checkQueue } from './sweeps.ts'

const dir = mkdtempSync(join(tmpdir(), 'fabroute-sim-'))
afterAll(() => rmSync(dir, { recursive: true }))

const small = { customers: 60 }
const scenarios: Record<string, Partial<Queue>> = {
  'usual.json': small,
  'right.json': { ...small, leftShare: 0.3 },
  'fire.json': { ...small, fault: 'throw' },
  'slow.json': { ...small, fault: 'hang' },
}

async function sim(line: string, signal = new AbortController().signal) {
  const out: string[] = []
  const errors: string[] = []
  const context: Context = {
    screen: openScreen({ write: (text) => out.push(text) }),
    signal,
    modelUrl: new URL('queueModel.ts', import.meta.url).href,
    openScenario: (path) => {
      const changes = scenarios[path]
      if (!changes) return Promise.reject(new Error(`${path} cannot be read`))
      return Promise.resolve({ ...queueScenario(changes), name: path.replace('.json', '') })
    },
    checkScenario: checkQueue,
    env: {},
  }
  const code = await simulate(line.split(' ').filter(Boolean), context, (text) => errors.push(text))
  return { code, out: out.join(''), errors: errors.join('\n') }
}

test('run shows each figure with its interval, and keeps a result that report reads', async () => {
  const out = join(dir, 'run')
  const ran = await sim(`run usual.json --replications 4 --threads 2 --seed 3 --out ${out}`)
  expect(ran).toMatchObject({ code: 0, errors: '' })
  expect(ran.out).toContain('Simulating usual: 4 of 4')
  expect(ran.out).toMatch(/usual \(.*: 4 days, seed 3/)
  expect(ran.out).toMatch(/time to the buyer, median +\d\.\d\d min +± \d\.\d\d min +-?\d.* to \d/)
  const reported = await sim(`report ${out}`)
  expect(reported).toMatchObject({ code: 0, errors: '' })
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<h1>usual</h1>')
  for (const name of ['days.csv', 'days.parquet', 'decisions.csv', 'decisions.parquet']) {
    expect(existsSync(join(out, 'tables', name))).toBe(true)
  }
})

test('run goes on until a half-width is reached, and says when it is not', async () => {
  const wide = await sim('run usual.json --replications auto --half-width costCentsPerOrder=10%')
  expect(wide.code).toBe(0)
  expect(wide.out).not.toContain('not reached')
  const never = 'run usual.json --replications auto --half-width costCentsPerOrder=0.001'
  const narrow = await sim(`${never} --max-replications 12`)
  expect(narrow.out).toContain('12 days')
  expect(narrow.out).toContain('was not reached')
})

test('compare says in a sentence what is better, and where they part', async () => {
  const out = join(dir, 'compare')
  const { code, out: said } = await sim(
    `compare usual.json right.json --replications 5 --out ${out}`,
  )
  expect(code).toBe(0)
  expect(said).toMatch(
    /right is worse than usual over 5 days with the same draws: cost per order \+0/,
  )
  expect(said).toMatch(
    /They part in decision \d+ of day 0:\n {2}first: order \d+ at .* goes to left/,
  )
  expect((await sim(`report ${out}`)).code).toBe(0)
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Where they part')
})

test('tune shows the front and what each parameter moves; the best can be simulated', async () => {
  const rules = join(dir, 'space.json')
  const parameters = {
    '/serviceMinutes': { from: 0.5, to: 0.9 },
    '/leftShare': { from: 0.2, to: 0.8 },
  }
  const figures = ['minutesToBuyerP50', 'costCentsPerOrder']
  writeFileSync(
    rules,
    JSON.stringify({ method: 'grid', replications: 3, parameters, front: figures }),
  )
  const out = join(dir, 'tune')
  const { code, out: said, errors } = await sim(`tune usual.json --rules ${rules} --out ${out}`)
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(said).toMatch(/\* serviceMinutes 0\.5, leftShare 0\.8 /)
  expect(said).toMatch(/leftShare 0\.2 +\+?0\.00 min +\+0\.\d\d !/)
  expect(JSON.parse(readFileSync(join(out, 'best.json'), 'utf8'))).toMatchObject({ leftShare: 0.8 })
  expect((await sim(`report ${out}`)).code).toBe(0)
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('What each parameter moves')
})

test.each([
  ['', 2, /Usage: npm run sim/],
  ['--help', 0, /compare +two scenarios on the same days/],
  ['-h', 0, /compare +two scenarios on the same days/],
  ['help compare', 0, /Differences\s+are second minus first/],
  ['tune -h', 0, /--temporal HOST:PORT/],
  ['run usual.json --out', 2, /--out needs a value; npm run/],
  ['run --help', 0, /--half-width FIGURE=W/],
  ['compare --help', 0, /Differences\s+are second minus first/],
  ['tune --help', 0, /--temporal HOST:PORT/],
  ['report --help', 0, /report\.html/],
  ['fly', 2, /there is no command "fly"/],
  ['run', 2, /name a scenario file; npm run sim -- run --help/],
  ['run usual.json right.json', 2, /"right.json" is too much/],
  [
    'run usual.json --replications -3',
    2,
    /--replications needs a value; one that begins with a dash as/,
  ],
  ['run usual.json --replications 1', 2, /--replications must be a whole number from 2 to 100000/],
  ['run usual.json --replications auto', 2, /needs a --half-width/],
  ['run usual.json --half-width scrapShare=1', 2, /go with --replications auto/],
  ['run usual.json --replications auto --half-width speed=1', 2, /there is no figure "speed"/],
  ['run usual.json --replications auto --half-width scrapShare=-1', 2, /is FIGURE=W/],
  ['run usual.json --warm-up welch:speed', 2, /there is no figure "speed"/],
  ['run usual.json --warm-up NaN', 2, /--warm-up must be/],
  ['run usual.json --seed 1.5', 2, /--seed must be a whole number/],
  ['run usual.json --level 2', 2, /--level must be/],
  ['run usual.json --threads 0', 2, /--threads must be/],
  ['run usual.json --fast', 2, /there is no flag --fast: choose of --replications, --half-width/],
  ['run nothing.json', 1, /nothing.json cannot be read/],
  ['run fire.json', 1, /the desk is on fire/],
  ['compare usual.json', 2, /name a second file/],
  ['tune usual.json --out x', 2, /name what is tuned with --rules/],
  ['tune usual.json --rules x.json', 2, /say with --out where/],
  [
    'tune usual.json --rules nothing.json --out x',
    1,
    /nothing.json cannot be tuned:\n {2}there is no such file/,
  ],
  ['report nowhere', 1, /nowhere holds no result of the simulator/],
])('"%s" ends with %i', async (line, code, message) => {
  const ended = await sim(line)
  expect(ended.out + ended.errors).toMatch(message)
  expect(ended.code).toBe(code)
})

test.each(['run usual.json', 'compare usual.json right.json', 'record --day 2026-11-21'])(
  '%s works for nothing that cannot be kept',
  async (command) => {
    const file = join(dir, 'a-file')
    writeFileSync(file, '')
    for (const out of [join(file, 'x'), '/proc/fabroute/x']) {
      const { code, out: said, errors } = await sim(`${command} --out ${out}/y.gz`)
      expect([code, said]).toEqual([1, ''])
      expect(errors).toMatch(/ cannot be written: (a file stands|there is no such)/)
    }
  },
)

test('the program itself runs: results on one output, how far it is on the other, and its exit code', () => {
  const main = fileURLToPath(new URL('../../../simulations/main.ts', import.meta.url))
  const shipped = fileURLToPath(new URL('../../../simulations/scenarios/', import.meta.url))
  const day = ['run', join(shipped, 'evergreen-terrace.json'), '--replications', '2']
  const ran = spawnSync(process.execPath, [main, ...day], { encoding: 'utf8' })
  expect(ran.status).toBe(0)
  expect(ran.stdout).toMatch(/^Evergreen Terrace .*: 2 days, seed 1\n/)
  expect(ran.stderr).toMatch(/^Simulating Evergreen Terrace: 1 of 2\n.*: 2 of 2\n$/)
  const refused = spawnSync(process.execPath, [main, 'fly'], { encoding: 'utf8' })
  expect([refused.status, refused.stdout]).toEqual([2, ''])
})

test('no help is wider than a terminal of 80 columns', async () => {
  const names = ['run', 'compare', 'tune', 'record', 'replay', 'live', 'report']
  const helps = await Promise.all(['', ...names].map((name) => sim(`${name} --help`)))
  const lines = helps.flatMap(({ out }) => out.split('\n'))
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})

test('stopped by hand, it ends at once and keeps nothing half', async () => {
  const stop = new AbortController()
  const out = join(dir, 'stopped')
  const running = sim(`run slow.json --out ${out}`, stop.signal)
  setImmediate(() => stop.abort(new Error('stopped')))
  expect(await running).toMatchObject({ code: 130, errors: 'stopped' })
  expect(existsSync(out)).toBe(false)
})

test('on a terminal the progress is a bar with the time that is left', () => {
  const written: string[] = []
  let nowMs = 0
  const screen = openScreen(
    { isTTY: true, columns: 70, write: (text) => written.push(text) },
    { nowMs: () => nowMs },
  )
  const meter = screen.progress('Simulating')
  for (let done = 1; done <= 4; done += 1) {
    nowMs += 1000
    meter.at(done, 4)
  }
  meter.end()
  expect(written).toHaveLength(5)
  expect(written[0]).toContain('██████░░░░░░░░░░░░░░░░░░  1 of 4, 3 s left')
  expect(written.every((text) => text.length < 80)).toBe(true)
})

test('a sweep that is stopped by hand says how it goes on', async () => {
  const rules = join(dir, 'stopped-space.json')
  writeFileSync(
    rules,
    JSON.stringify({ method: 'grid', parameters: { '/leftShare': { from: 0.2, to: 0.8 } } }),
  )
  const stop = new AbortController()
  const running = sim(`tune usual.json --rules ${rules} --out ${join(dir, 'on')}`, stop.signal)
  setImmediate(() => stop.abort(new Error('stopped')))
  expect((await running).errors).toMatch(/^stopped: the same command goes on where it was/)
})
