// `npm run sim -- live`: a scenario before the running platform, and plan and reality side by side.
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { openStorage, type Storage } from '../../storage/storage.ts'
import type { HashedScenario } from '../experiments/experiment.ts'
import { type DayClock, openDayClock, timeText } from '../live/dayClock.ts'
import { fleetOf, type LiveSite, type Names, namesIn } from '../live/fleet.ts'
import { liveCourse } from '../live/liveCourse.ts'
import { type LiveGateways, openGateways } from '../live/liveGateways.ts'
import { lagInWords, type LiveResult, liveResult } from '../live/liveResult.ts'
import { type Playing, type Played, play, type Progress } from '../live/play.ts'
import { type Playable, playable } from '../live/playable.ts'
import { begunLate, realityOf } from '../live/reality.ts'
import { dispatchAtSpeed, planningAtSpeed } from '../live/scaledRules.ts'
import { openShop } from '../live/shop.ts'
import { setStage, type Stage } from '../live/stage.ts'
import { loadScenario, ScenarioError } from '../scenario/load.ts'
import { type Command, type Context, numberFlag, readFlags } from './command.ts'
import { endRun, endStaleRuns, holdRun } from './liveEnd.ts'
import { type LivePlatform, livePlatform, livePlatformHelp } from './livePlatform.ts'
import { type LiveRegion, openRegion, regionOf, sendOff, silentMachines } from './liveRegion.ts'
import { liveRecords } from './liveStore.ts'
import { liveInWords } from './liveWords.ts'
import { proveWritable } from './outFolder.ts'
import { keepIn } from './run.ts'

const usual = { speed: 60, seed: 1, replication: 0 }

const help = `Usage: npm run sim -- live <scenario.json> [flags]

Simulates one day of a scenario (the plan), and then plays the same day before
the running platform: virtual fleets that speak MQTT, and orders over the API,
by the same buyers at the same times, with the same luck of printers and
streets. At the end plan and reality stand side by side.

The run has a region, a storefront, items and a key of its own, which nobody
else sees; they are taken back at the end, after Ctrl-C, and after a crash by
the next run. What the platform cannot do (couriers, stock, drivers who
decline) is left out on both sides, and said.

  --speed N        how many times faster than the clock (${usual.speed}): a minute of the
                   day takes a second
  --hours H        plays only the first hours of the scenario
  --orders N       plays only the first so many orders
  --seed N         of all draws (${usual.seed})
  --replication N  which day of the seed (${usual.replication}); \`run\` and \`compare\` number
                   their days likewise
  --out DIR        keeps the result with all tables of both sides there, for
                   \`report\`

${livePlatformHelp}`

const flags = {
  speed: { type: 'string' },
  hours: { type: 'string' },
  orders: { type: 'string' },
  seed: { type: 'string' },
  replication: { type: 'string' },
  out: { type: 'string' },
} as const

export const live: Command = {
  summary: 'a scenario before the running platform: plan and reality side by side',
  help,
  async run(args, context) {
    const { values, positionals } = readFlags(args, flags, ['a scenario file'])
    const wish = wishOf(values)
    if (values.out !== undefined) await proveWritable(values.out)
    const given = await context.openScenario(positionals[0]!)
    const platform = await livePlatform(context.env)
    const { stage, scenario, leftOut } = staged(given, platform, wish)
    const { screen } = context
    const { orders, plan } = stage
    const [from, to] = [orders.second[0]!, orders.second.at(-1)!].map(timeText)
    screen.say(
      `${scenario.name}: ${orders.count} orders from ${from} to ${to}, of which the plan serves ${plan.figures.ordersServed}`,
    )
    for (const sentence of leftOut) screen.say(`Left out on both sides: ${sentence}`)
    const result = await withStorage(platform, async (storage) => {
      return await played({ storage, platform, context, stage, wish, scenario, leftOut })
    })
    screen.say(`\n${liveInWords(result)}`)
    const lag = lagInWords(result.behind, wish.speed)
    if (lag !== null) screen.say(`\n${lag}`)
    await keepIn(values.out, result, context)
  },
}

interface Wish {
  speed: number
  hours: number | null
  orders: number | null
  seed: number
  replication: number
}

function wishOf(values: Partial<Record<keyof typeof flags, string>>): Wish {
  const { hours, orders } = values
  const whole = { least: 0, most: 2 ** 31 - 1, whole: true }
  return {
    speed: numberFlag('speed', values.speed ?? String(usual.speed), { least: 0.1, most: 10_000 }),
    hours: hours === undefined ? null : numberFlag('hours', hours, { least: 0.01, most: 48 }),
    orders:
      orders === undefined ? null : numberFlag('orders', orders, { ...whole, least: 1, most: 1e6 }),
    seed: numberFlag('seed', values.seed ?? String(usual.seed), whole),
    replication: numberFlag('replication', values.replication ?? String(usual.replication), whole),
  }
}

interface Staged extends Pick<Playable, 'leftOut'> {
  stage: Stage
  scenario: HashedScenario
}

/** What cannot be played is refused as what cannot be simulated is. */
function staged(given: HashedScenario, { mapPath }: LivePlatform, wish: Wish): Staged {
  try {
    const { scenario: whole } = loadScenario(given.document)
    const { scenario, leftOut } = playable(whole, { mapPath, hours: wish.hours })
    const { scenario: document, hash } = loadScenario(scenario)
    const stage = setStage(document, wish)
    return { stage, leftOut, scenario: { name: given.name, document, hash } }
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    const lines = error.message.split('\n').map((line) => `  ${line}`)
    throw new Error(`${given.name} cannot be played:\n${lines.join('\n')}`, { cause: error })
  }
}

async function withStorage<T>(
  { databaseUrl: url }: LivePlatform,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage({ url, applicationName: 'live', poolSize: 3 })
  try {
    await storage.ping().catch((cause: unknown) => {
      throw new Error(`no database answers at ${new URL(url).host}: see DATABASE_URL`, { cause })
    })
    return await work(storage)
  } finally {
    await storage.close()
  }
}

interface Evening extends Staged {
  storage: Storage
  platform: LivePlatform
  context: Context
  wish: Wish
}

async function played(evening: Evening): Promise<LiveResult> {
  const { storage, platform, context, stage, wish } = evening
  const stale = await endStaleRuns(storage, platform)
  if (stale > 0) context.screen.say(`Ended what ${stale} earlier run(s) had left on the platform`)
  const run = randomBytes(4).toString('hex')
  const region = regionOf(run)
  const names = namesIn(run)
  const fleet = fleetOf(stage, names, wish.speed)
  const lock = await holdRun(platform.databaseUrl, run)
  try {
    return await inRegion({ ...evening, region, names, fleet })
  } finally {
    await lock?.release()
  }
}

interface Performance extends Evening {
  region: LiveRegion
  names: Names
  fleet: LiveSite[]
}

async function inRegion(evening: Performance): Promise<LiveResult> {
  const { storage, platform, context, stage, wish, region, names, fleet } = evening
  const { scenario } = stage.prepared
  let gateways: LiveGateways | null = null
  try {
    const apiKey = await openRegion(storage, region, {
      name: `Live run of ${evening.scenario.name}`,
      fleet,
      items: scenario.items,
      names,
      dispatch: dispatchAtSpeed(scenario.rules.dispatch, wish.speed),
      planning: planningAtSpeed(scenario, wish.speed),
      reason: `${evening.scenario.name} at speed ${wish.speed}`,
    })
    return await performed(evening, apiKey, (opened) => (gateways = opened))
  } finally {
    context.screen.say('Taking the region back …')
    await endRun(storage, platform, region, async () => await gateways?.close())
  }
}

const heardWithinMs = 30_000
/** So long it takes until the trucks have their lists of stops. */
const sentOffMs = 300

async function performed(
  evening: Performance,
  apiKey: string,
  onOpened: (gateways: LiveGateways) => void,
): Promise<LiveResult> {
  const { storage, platform, context, stage, wish, region, names, fleet } = evening
  const { signal, screen } = context
  const clockOf = (startMs: number) => {
    return openDayClock({ speed: wish.speed, startSecond: stage.startSecond, startMs })
  }
  let clock: DayClock = clockOf(Date.now())
  const orderOf = new Map<string, number>()
  const whose = (id: string) => orderOf.get(id) ?? null
  const day = { speed: wish.speed, ...lateBound(() => clock) }
  const course = liveCourse(stage, names, day, {
    job: whose,
    stop: (stopId) => whose(stopId.replace(/^stop-/, '')),
  })
  const patienceMinutes = stage.prepared.scenario.rules.dispatch.maxWaitingMinutes
  const asked = { ...platform, fleet, clock: day, course, patienceMinutes, signal }
  onOpened(await openGateways(asked))
  await allHeard(evening)
  clock = clockOf(Date.now() + sentOffMs)
  await sendOff(storage, fleet, clock)
  const shop = openShop({ url: platform.apiUrl, apiKey }, signal)
  const status = screen.status()
  const playing: Playing = {
    stage,
    names,
    clock,
    shop,
    run: region.run,
    records: liveRecords(storage, region),
    fleet,
    signal,
    onBought(order, { fulfilmentId, jobIds }) {
      for (const id of [fulfilmentId, ...jobIds]) orderOf.set(id, order)
    },
    onProgress: (progress) => status.at(progressInWords(progress)),
  }
  const seen = await play(playing).finally(status.end)
  signal.throwIfAborted()
  return await resultOf(evening, playing, seen)
}

/** Gateways are there before the clock is set. */
function lateBound(clock: () => DayClock): Omit<DayClock, 'speed'> {
  return {
    second: () => clock().second(),
    secondAt: (atMs) => clock().secondAt(atMs),
    msAt: (second) => clock().msAt(second),
  }
}

async function allHeard({ storage, region, context }: Performance): Promise<void> {
  const untilMs = Date.now() + heardWithinMs
  for (;;) {
    context.signal.throwIfAborted()
    const silent = await silentMachines(storage, region)
    if (silent === 0) return
    if (Date.now() > untilMs) {
      throw new Error(`the platform hears nothing of ${silent} machine(s): does its bridge run?`)
    }
    await wait(200)
  }
}

async function resultOf(evening: Performance, playing: Playing, seen: Played): Promise<LiveResult> {
  const { stage, scenario, leftOut, wish, region, names } = evening
  const { records, clock } = playing
  const [events, decided, deliveries] = await Promise.all([
    records.deviceEvents(),
    records.decisions(),
    records.deliveries(),
  ])
  const reading = { stage, names, clock, run: region.run }
  const happened = { played: seen.orders, events, decided, deliveries }
  const reality = realityOf(happened, reading)
  const { seed, replication, speed } = wish
  const design = { seed, replication, speed, run: region.run }
  const sides = { plan: stage.plan, reality }
  const lags = { played: seen.orders, begunLate: begunLate(happened, reading) }
  return liveResult({ scenario, design, leftOut, ...sides, ...lags })
}

function progressInWords(progress: Progress): string {
  const { second, placed, expected, delivered, onHold, lost, behindMinutes } = progress
  const behind = behindMinutes < 0.05 ? '' : `, behind by ${behindMinutes.toFixed(1)} min`
  return `${timeText(second)}  placed ${placed} of ${expected}, delivered ${delivered}, on hold ${onHold}, lost ${lost}${behind}`
}
