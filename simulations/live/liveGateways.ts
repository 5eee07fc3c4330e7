// The virtual gateways of a run, in this process: to the platform each is an ordinary client of its broker.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { topics } from '../../devices/contract/topics.ts'
import { type Gateway, openGateway } from '../../devices/gateway/gateway.ts'
import type { Course } from '../../devices/gateway/drivers/course.ts'
import type { LinkTls } from '../../devices/link.ts'
import type { DayClock } from './dayClock.ts'
import type { LiveSite } from './fleet.ts'
import { profileOf } from './fleet.ts'

export interface Broker {
  mqttUrl: string
  mqttTls: LinkTls
}

export interface LiveGateways {
  close: () => Promise<void>
}

interface Wanted extends Broker {
  fleet: readonly LiveSite[]
  clock: DayClock
  course: Course
  /** So long a truck waits for a part, in minutes of the day. */
  patienceMinutes: number
  signal: AbortSignal
}

const connectedWithinMs = 15_000

/** Resolves when all of them are connected. */
export async function openGateways(wanted: Wanted): Promise<LiveGateways> {
  const { fleet, clock, course, mqttUrl, mqttTls, signal } = wanted
  const folder = await mkdtemp(join(tmpdir(), 'fabroute-live-'))
  const opened: Gateway[] = []
  const refused = Promise.withResolvers<never>()
  const connected = new AbortController()
  const close = async () => {
    await Promise.all(opened.map(async (gateway) => await gateway.close()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ready = fleet.map(async (site) => {
      const dir = join(folder, site.id)
      await mkdir(dir)
      const { promise, resolve } = Promise.withResolvers<void>()
      const gateway = openGateway({
        gatewayId: gatewayOf(site),
        dir,
        mqttUrl,
        tls: mqttTls,
        profile: profileOf(site, clock, wanted.patienceMinutes),
        course,
        onReady: resolve,
        // What goes wrong with a connection is mended by the next; what stays is seen at the orders.
        onTrouble: (error) => {
          if (isRefusal(error)) refused.reject(error)
        },
      })
      opened.push(gateway)
      await promise
    })
    const waiting = AbortSignal.any([signal, connected.signal])
    await Promise.race([Promise.all(ready), refused.promise, tooLate(waiting)])
    connected.abort()
  } catch (error) {
    connected.abort()
    await close()
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    const { host } = new URL(mqttUrl)
    throw new Error(`the broker at ${host} does not let the gateways in: ${why}`, { cause: error })
  }
  return { close }
}

/** Bad name or password, or not authorized: trying again will not help. */
const refusals = new Set([134, 135])

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusals.has(Number(error.code))
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await wait(connectedWithinMs, undefined, { signal })
  throw new Error(`nothing was heard of it for ${connectedWithinMs / 1_000} s`)
}

/** Of a site, of which the broker may keep something. */
export interface SiteDevices {
  id: string
  machineIds: string[]
  vehicleId: string | null
  hasLockers: boolean
}

/** A broker keeps what was said last of each device until somebody says that there is nothing to keep. */
export async function forgetDevices(
  { mqttUrl, mqttTls }: Broker,
  devices: readonly SiteDevices[],
): Promise<void> {
  const client = await connectAsync(mqttUrl, { protocolVersion: 5, ...mqttTls })
  const kept = devices.flatMap(({ id: site, machineIds, vehicleId, hasLockers }) => [
    topics.gatewayState(site, gatewayOf({ id: site })),
    ...machineIds.flatMap((id) => [
      topics.machine(site, id, 'caps'),
      topics.machine(site, id, 'state'),
    ]),
    ...(vehicleId === null ? [] : [topics.vehicle(site, vehicleId, 'stops')]),
    ...(hasLockers ? [topics.lockers(site, site, 'state')] : []),
  ])
  for (const topic of kept) await client.publishAsync(topic, '', { qos: 1, retain: true })
  await client.endAsync()
}

const gatewayOf = ({ id }: Pick<LiveSite, 'id'>) => `gw-${id.slice(4)}`
