// Writes small scripts that keep the contract of our own processes, and a plan that runs them instead.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts, OurProcess, Plan } from '../../infra/bringUp.ts'

const scripts = {
  map: `import { writeFileSync } from 'node:fs'; writeFileSync(process.argv[2], '<osm version="0.6"/>')`,
  migrate: `if (!process.env.DATABASE_URL || !process.env.API_PASSWORD) process.exit(1)`,
  seed: `import { writeFileSync } from 'node:fs'
writeFileSync(process.env.DEMO_FILE, JSON.stringify({ apiKey: 'fab_test_demo', sites: ['site_a'] }))`,
  worker: `console.log(JSON.stringify({ level: 30, msg: 'ready' })); setInterval(() => {}, 1000)
process.on('SIGTERM', () => process.exit(0))`,
  broken: `console.error('no such setting'); process.exit(3)`,
}

export interface StandIns {
  path: (script: keyof typeof scripts) => string
  plan: (change?: Partial<Plan>) => Plan
}

export function standIns(dir: string): StandIns {
  const folder = join(dir, 'scripts')
  mkdirSync(folder, { recursive: true })
  const path = (script: keyof typeof scripts) => join(folder, `${script}.mjs`)
  writeFileSync(path('map'), scripts.map)
  writeFileSync(path('migrate'), scripts.migrate)
  writeFileSync(path('seed'), scripts.seed)
  writeFileSync(path('worker'), scripts.worker)
  writeFileSync(path('broken'), scripts.broken)
  const processes = ({ demo }: Facts): OurProcess[] =>
    ['worker', ...demo.sites.map(({ siteId }) => `gateway-${siteId}`)].map((name) => ({
      name,
      script: path('worker'),
      env: {},
    }))
  const plan = (change: Partial<Plan> = {}): Plan => ({
    dir: join(dir, 'state'),
    env: { ROUTER: 'embedded' },
    fresh: false,
    scripts: { map: path('map'), migrate: path('migrate'), seed: path('seed') },
    processes,
    log: () => {},
    ...change,
  })
  return { path, plan }
}
