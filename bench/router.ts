// Bench: both routers over the demo city, side by side. node bench/router.ts [--seconds 5]
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Place } from '../domain/model/place.ts'
import { hasOsrm, startOsrm } from '../infra/osrm.ts'
import { cityOsm } from '../services/router/city.ts'
import { openRouter } from '../services/router/open.ts'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'
import type { Router } from '../services/router/router.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
const questions = ['route', 'table1x200', 'table200x1', 'table300x300'] as const
const secondsEach = Number(values.seconds) / questions.length

const dir = await mkdtemp(join(tmpdir(), 'fabroute-bench-'))
const mapPath = join(dir, 'city.osm')
await writeFile(mapPath, cityOsm())
const houses = (await readOsm(mapPath)).addresses.map(({ place }) => place)

const begunMs = performance.now()
const embedded = await openRouter({ mapPath })
const loadMs = performance.now() - begunMs
const osrm = hasOsrm() ? await startOsrm({ dir, mapPath }) : null
const figures: Record<string, Record<string, number>> = { embedded: await measured(embedded) }
if (osrm) {
  const router = await openRouter({ osrmUrl: osrm.url, mapPath })
  figures['osrm'] = await measured(router)
  await router.close()
  await osrm.stop()
}
await rm(dir, { recursive: true })
console.table(figures)
console.log(JSON.stringify({ loadMs: Math.round(loadMs), ...figures }))

/** Median milliseconds of each question. */
async function measured(router: Router): Promise<Record<string, number>> {
  const random = seededRandom(1)
  const some = (count: number): Place[] =>
    Array.from({ length: count }, () => houses[Math.floor(random() * houses.length)]!)
  const ask: Record<(typeof questions)[number], () => Promise<unknown>> = {
    route: () => router.route(some(2)),
    table1x200: () => router.table(some(1), some(200)),
    table200x1: () => router.table(some(200), some(1)),
    table300x300: () => router.table(some(300), some(300)),
  }
  const medians: Record<string, number> = {}
  for (const question of questions) {
    const timesMs: number[] = []
    const endMs = performance.now() + secondsEach * 1_000
    while (performance.now() < endMs || timesMs.length < 3) {
      const startMs = performance.now()
      await ask[question]()
      timesMs.push(performance.now() - startMs)
    }
    timesMs.sort((a, b) => a - b)
    medians[`${question}Ms`] = Number(timesMs[timesMs.length >> 1]!.toFixed(2))
  }
  return medians
}
