// Measures both routers over the demo city, side by side: the time of each question, asked by some at once.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from '../domain/model/place.ts'
import { hasOsrm, startOsrm } from '../infra/osrm.ts'
import { cityOsm } from '../services/router/city.ts'
import { openRouter } from '../services/router/open.ts'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'
import type { Router } from '../services/router/router.ts'
import { sideBySide } from './clients.ts'
import { latenciesOf, rounded } from './figures.ts'
import { benchOptions } from './options.ts'
import { onStage } from './stage.ts'

const { seconds, concurrency } = benchOptions(
  'How long routes and tables take on the embedded router and, where it is installed, on OSRM.',
  { seconds: 5, concurrency: 1 },
)
const warmUpSeconds = 0.3

await onStage(async ({ dir, endsWith }) => {
  const mapPath = join(dir, 'city.osm')
  await writeFile(mapPath, cityOsm())
  const houses = (await readOsm(mapPath)).addresses.map(({ place }) => place)

  const begunMs = performance.now()
  const embedded = await openRouter({ mapPath })
  const loadMs = rounded(performance.now() - begunMs, 0)
  const figures: Record<string, Record<string, number>> = {
    embedded: await measured(embedded, houses),
  }
  if (hasOsrm()) {
    const osrm = await startOsrm({ dir, mapPath })
    endsWith(osrm.stop)
    const router = await openRouter({ osrmUrl: osrm.url, mapPath })
    endsWith(async () => await router.close())
    figures['osrm'] = await measured(router, houses)
  }
  console.table(figures)
  console.log(JSON.stringify({ loadMs, ...figures }))
})

/** Median milliseconds of each question. */
async function measured(router: Router, houses: readonly Place[]): Promise<Record<string, number>> {
  const random = seededRandom(1)
  // Copies: a place that is the same object was snapped before.
  const some = (count: number): Place[] =>
    Array.from({ length: count }, () => ({ ...houses[Math.floor(random() * houses.length)]! }))
  const ask: Record<string, () => Promise<unknown>> = {
    route: async () => await router.route(some(2)),
    table1x200: async () => await router.table(some(1), some(200)),
    table200x1: async () => await router.table(some(200), some(1)),
    table300x300: async () => await router.table(some(300), some(300)),
  }
  const medians: Record<string, number> = {}
  for (const [name, question] of Object.entries(ask)) {
    const timed = async () => {
      const startMs = performance.now()
      await question()
      return performance.now() - startMs
    }
    await sideBySide(concurrency, warmUpSeconds, timed)
    const { timesMs } = await sideBySide(concurrency, seconds / Object.keys(ask).length, timed)
    medians[`${name}Ms`] = latenciesOf(timesMs).p50Ms
  }
  return medians
}
