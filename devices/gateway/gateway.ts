// The agent at a site: one connection, one ledger, and a station for each machine, vehicle and bank of lockers there.
import type { IPublishPacket } from 'mqtt'
import { join } from 'node:path'
import { contractVersion } from '../contract/limits.ts'
import type { GatewayState } from '../contract/presence.ts'
import { read } from '../contract/read.ts'
import { filters, parseTopic, topics, type Topic } from '../contract/topics.ts'
import { openLink, type LinkTls } from '../link.ts'
import { openBank } from './bank.ts'
import type { Course } from './drivers/course.ts'
import { virtualMachine } from './drivers/virtualMachine.ts'
import { openLedger } from './ledger.ts'
import { lockFolder } from './lock.ts'
import { openOutbox } from './outbox.ts'
import type { Profile } from './profile.ts'
import { openStation } from './station.ts'
import { openVehicle } from './vehicle.ts'

export interface GatewayOptions {
  gatewayId: string
  /** Holds everything that must survive a restart. */
  dir: string
  mqttUrl: string
  tls?: LinkTls
  profile: Profile
  /** Of virtual devices; without it they have their usual pace and luck. */
  course?: Course | undefined
  /** Connected and subscribed, for the first time or again. */
  onReady: () => void
  onTrouble: (error: unknown) => void
}

export interface Gateway {
  /** Whether the platform can reach it. */
  isWell: () => Promise<boolean>
  close: () => Promise<void>
}

export function openGateway(options: GatewayOptions): Gateway {
  const { gatewayId, dir, profile, course, onTrouble } = options
  const { siteId, speed: timeFactor } = profile
  const lock = lockFolder(dir)
  const ledger = openLedger(dir, Date.now())
  const { bootId } = ledger
  const stateTopic = topics.gatewayState(siteId, gatewayId)
  let ending = false
  const state = (online: boolean): GatewayState => {
    const machines = profile.machines.map(({ machineId }) => machineId)
    return { v: contractVersion, bootId, online, atMs: Date.now(), machines }
  }
  const link = openLink({
    mqttUrl: options.mqttUrl,
    clientId: `gw-${gatewayId}`,
    tls: options.tls,
    will: { topic: stateTopic, message: state(false) },
    subscriptions: () => subscriptionsOf(siteId, profile),
    onMessage: (topic, packet) => {
      // What comes while it ends comes again, or is asked for again: nobody is there to take it.
      if (!ending) route(topic, packet)
    },
    onReady: () => {
      void link.publish(stateTopic, state(true), { retain: true })
      stations.birth()
      outbox.resend()
      options.onReady()
    },
    onTrouble,
  })
  const outbox = openOutbox(ledger, link)
  const base = { siteId, dir, timeFactor, course, ledger, bootId, outbox, link, onTrouble }
  const stations = openStations(profile, base)

  function route(topic: string, packet: IPublishPacket): void {
    const parsed = parseTopic(topic)
    if (parsed?.kind === 'platform') {
      outbox.resend()
      // A bridge that comes after us must hear that the machines live: what a broker retains says nothing of that.
      if (!packet.retain) stations.birth()
    } else if (parsed?.kind === 'acknowledged') {
      const acknowledged = read.acknowledgement(packet.payload)
      if (acknowledged.ok) outbox.acknowledge(acknowledged.value.events)
      else onTrouble(new Error(`An acknowledgement is malformed: ${acknowledged.reason}`))
    } else if (parsed) stations.take(parsed, packet)
    else stations.fault(topic, packet)
  }

  return {
    isWell: async () => await link.connected(0),
    close: async () => {
      await link.publish(stateTopic, state(false), { retain: true, deadlineMs: 1_000 })
      ending = true
      outbox.close()
      await stations.close()
      await link.close()
      ledger.close()
      lock.release()
    },
  }
}

function subscriptionsOf(siteId: string, profile: Profile): string[] {
  const { machines, vehicle, lockers } = profile
  return [
    topics.platformState(),
    topics.acknowledged(siteId),
    filters.faults(siteId),
    ...machines.map(({ machineId }) => topics.machine(siteId, machineId, 'cmd')),
    ...(vehicle ? [topics.vehicle(siteId, vehicle.vehicleId, 'stops')] : []),
    ...(lockers ? [topics.lockers(siteId, lockers.bankId, 'cmd')] : []),
  ]
}

type Base = Omit<Parameters<typeof openStation>[0], 'profile' | 'artifactsDir' | 'openDriver'> &
  Omit<Parameters<typeof openVehicle>[0], 'profile'>

/** Everything that stands at the site, and which of it a message is for. */
function openStations(profile: Profile, base: Base) {
  const { dir, timeFactor, course, siteId } = base
  const machines = new Map(
    profile.machines.map((machine) => {
      const openDriver = virtualMachine({ dir, profile: machine, timeFactor, course })
      const artifactsDir = join(dir, 'artifacts')
      const station = openStation({ ...base, profile: machine, artifactsDir, openDriver })
      return [machine.machineId, station] as const
    }),
  )
  const vehicle = profile.vehicle && openVehicle({ ...base, profile: profile.vehicle })
  const bank = profile.lockers && openBank({ ...base, profile: profile.lockers })

  return {
    take: (topic: Topic, packet: IPublishPacket) => {
      if (topic.kind === 'machine') machines.get(topic.id)?.take(packet)
      else if (topic.kind === 'lockers') bank?.take(packet)
      else if (topic.kind === 'vehicle') {
        const stops = read.stopList(packet.payload)
        if (stops.ok) vehicle?.setStops(stops.value)
        else base.onTrouble(new Error(`A stop list is malformed: ${stops.reason}`))
      }
    },
    fault: (topic: string, packet: IPublishPacket) => {
      const payload = asJson(packet.payload)
      for (const [id, station] of machines) {
        if (topic === topics.fault(siteId, id)) station.fault(payload)
      }
      const vehicleId = profile.vehicle?.vehicleId
      if (vehicleId && topic === topics.fault(siteId, vehicleId)) vehicle?.fault(payload)
    },
    birth: () => {
      for (const station of machines.values()) station.birth()
      vehicle?.birth()
      bank?.birth()
    },
    close: async () => {
      await Promise.all(machines.values().map(async (station) => await station.close()))
      vehicle?.close()
      bank?.close()
    },
  }
}

function asJson(payload: Uint8Array | string): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch {
    return null
  }
}
