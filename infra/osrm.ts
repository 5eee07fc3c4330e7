// OSRM: the server that OSRM_URL names, else osrm-routed over the map, prepared once for each map.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { portFor, releasePort, untilAnswered } from './ports.ts'
import { findProgram } from './programs.ts'
import { supervise, unowned, type Part } from './supervise.ts'

export interface OsrmOptions {
  dir: string
  url?: string | undefined
  /** An .osm or .osm.pbf file. */
  mapPath: string
  preferredPort?: number | undefined
  log?: ((line: string) => void) | undefined
}

/** A server whose answers carry the map's hash as their data version. */
export async function startOsrm(options: OsrmOptions): Promise<Part> {
  if (options.url) return await foundOsrm(options.url)
  const dir = resolve(options.dir)
  const data = await prepared(dir, resolve(options.mapPath), options.log)
  const port = await portFor({ dir, name: 'osrm', preferred: options.preferredPort })
  const url = `http://127.0.0.1:${port}`
  const server = await supervise({
    name: 'osrm',
    dir,
    command: program('osrm-routed'),
    // It would listen on all addresses.
    args: ['--algorithm', 'mld', '-i', '127.0.0.1', '-p', String(port), data],
    env: { ...process.env, DISABLE_ACCESS_LOGGING: '1' },
    ready: () => answers(url),
    log: options.log,
  })
  const stop = async () => {
    await server.stop()
    releasePort(port)
  }
  return { name: 'osrm', url, embedded: true, pid: server.pid, stop }
}

/** Whether OSRM can be started here: all its programs and the car profile are there. */
export function hasOsrm(): boolean {
  return [...PREPARATION, 'osrm-routed'].every((name) => findProgram(name)) && carProfile() !== null
}

const PREPARATION = ['osrm-extract', 'osrm-partition', 'osrm-customize']

function program(name: string): string {
  const path = findProgram(name)
  if (!path) throw new Error(`the program \`${name}\` is missing: run \`node infra/setup.mjs\``)
  return path
}

/** The profiles lie beside the programs, or where packages put them. They find their own parts. */
function carProfile(): string | null {
  const bin = dirname(findProgram('osrm-extract') ?? '')
  const places = ['../profiles', '../share/osrm/profiles', '../share/profiles']
  return places.map((place) => resolve(bin, place, 'car.lua')).find(existsSync) ?? null
}

const run = promisify(execFile)

/** Data are of one map and one version of OSRM. A preparation that was cut off leaves no trace. */
async function prepared(dir: string, mapPath: string, log: OsrmOptions['log']): Promise<string> {
  const profile = carProfile()
  if (!profile) throw new Error("OSRM's car profile is missing: run `node infra/setup.mjs`")
  const hash = createHash('sha256').update(readFileSync(mapPath)).digest('hex').slice(0, 16)
  const { stdout } = await run(program('osrm-routed'), ['--version'])
  const all = join(dir, 'osrm')
  const ready = join(all, `${hash}-${stdout.trim().replace(/[^\w.-]/g, '')}`)
  if (existsSync(ready)) return join(ready, 'map.osrm')

  log?.('preparing the map for OSRM')
  const unfinished = `${ready}.${process.pid}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  // The programs name what they write after the map and put it beside it.
  const map = join(unfinished, mapPath.endsWith('.pbf') ? 'map.osm.pbf' : 'map.osm')
  symlinkSync(mapPath, map)
  const [extract, ...others] = PREPARATION
  await run(program(extract!), ['-p', profile, '--data_version', hash, map])
  for (const step of others) await run(program(step), [join(unfinished, 'map.osrm')])
  for (const old of readdirSync(all)) {
    if (join(all, old) !== unfinished) rmSync(join(all, old), { recursive: true, force: true })
  }
  renameSync(unfinished, ready)
  return join(ready, 'map.osrm')
}

async function foundOsrm(url: string): Promise<Part> {
  await untilAnswered(async () => await answers(url), `OSRM does not answer at ${url}`)
  return { name: 'osrm', url, embedded: false, ...unowned }
}

/** There is no health endpoint; any place has a nearest road. */
async function answers(url: string): Promise<boolean> {
  const probe = `${url.replace(/\/$/, '')}/nearest/v1/driving/0,0?generate_hints=false`
  const answer = await fetch(probe, { signal: AbortSignal.timeout(2_000) })
  const { code }: { code?: string } = JSON.parse(await answer.text())
  return code === 'Ok'
}
