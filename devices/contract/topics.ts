// The topics of the contract, built and parsed in one place.

const root = 'fabroute/v1'

const machineLeaves = ['caps', 'state', 'evt', 'tele', 'cmd'] as const
const vehicleLeaves = ['pos', 'stops', 'evt'] as const
const lockerLeaves = ['cmd', 'evt', 'state'] as const
export type MachineLeaf = (typeof machineLeaves)[number]
export type VehicleLeaf = (typeof vehicleLeaves)[number]
export type LockerLeaf = (typeof lockerLeaves)[number]

export const topics = {
  gatewayState: (siteId: string, gatewayId: string) =>
    `${root}/${segment(siteId)}/gw/${segment(gatewayId)}/state`,
  /** From the platform: the events of this site that it has written down. */
  acknowledged: (siteId: string) => `${root}/${segment(siteId)}/ack`,
  machine: (siteId: string, machineId: string, leaf: MachineLeaf) =>
    `${root}/${segment(siteId)}/m/${segment(machineId)}/${leaf}`,
  vehicle: (siteId: string, vehicleId: string, leaf: VehicleLeaf) =>
    `${root}/${segment(siteId)}/v/${segment(vehicleId)}/${leaf}`,
  lockers: (siteId: string, bankId: string, leaf: LockerLeaf) =>
    `${root}/${segment(siteId)}/l/${segment(bankId)}/${leaf}`,
  replies: (workerId: string) => `${root}/ctl/${segment(workerId)}/resp`,
  platformState: () => `${root}/ctl/state`,
  /** Not part of the contract: faults on demand, which virtual drivers alone listen to. */
  fault: (siteId: string, deviceId: string) =>
    `${root}/${segment(siteId)}/sim/${segment(deviceId)}`,
}

/** Filters for all sites, or for one. */
export const filters = {
  machines: (leaf: MachineLeaf, siteId = '+') => `${root}/${siteId}/m/+/${leaf}`,
  vehicles: (leaf: VehicleLeaf, siteId = '+') => `${root}/${siteId}/v/+/${leaf}`,
  lockers: (leaf: LockerLeaf, siteId = '+') => `${root}/${siteId}/l/+/${leaf}`,
  gateways: () => `${root}/+/gw/+/state`,
  faults: (siteId: string) => `${root}/${siteId}/sim/+`,
}

export type Topic =
  | { kind: 'gateway'; siteId: string; id: string; leaf: 'state' }
  | { kind: 'acknowledged'; siteId: string }
  | { kind: 'machine'; siteId: string; id: string; leaf: MachineLeaf }
  | { kind: 'vehicle'; siteId: string; id: string; leaf: VehicleLeaf }
  | { kind: 'lockers'; siteId: string; id: string; leaf: LockerLeaf }
  | { kind: 'replies'; id: string }
  | { kind: 'platform' }

/** What a topic says, or null for one that the contract does not have. */
export function parseTopic(topic: string): Topic | null {
  if (topic === topics.platformState()) return { kind: 'platform' }
  const [a, b, siteId = '', group = '', id = '', leaf = '', ...rest] = topic.split('/')
  if (`${a}/${b}` !== root || rest.length > 0) return null
  if (siteId === 'ctl') {
    return id === 'resp' && leaf === '' && isSegment(group) ? { kind: 'replies', id: group } : null
  }
  if (group === 'ack' && id === '' && isSegment(siteId)) return { kind: 'acknowledged', siteId }
  if (!isSegment(siteId) || !isSegment(id)) return null
  if (group === 'gw' && leaf === 'state') return { kind: 'gateway', siteId, id, leaf }
  if (group === 'm' && isOneOf(machineLeaves, leaf)) return { kind: 'machine', siteId, id, leaf }
  if (group === 'v' && isOneOf(vehicleLeaves, leaf)) return { kind: 'vehicle', siteId, id, leaf }
  if (group === 'l' && isOneOf(lockerLeaves, leaf)) return { kind: 'lockers', siteId, id, leaf }
  return null
}

function isOneOf<const T extends string>(known: readonly T[], value: string): value is T {
  return (known as readonly string[]).includes(value)
}

/** An id as a level of a topic: no wildcard, no slash, and never `ctl`, which stands where a site would. */
function segment(id: string): string {
  if (!isSegment(id)) throw new TypeError(`"${id}" cannot be a level of a topic`)
  return id
}

function isSegment(id: string): boolean {
  return /^[A-Za-z0-9_.-]{1,80}$/.test(id) && id !== 'ctl'
}
