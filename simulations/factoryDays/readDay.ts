// Reads days between factories as the Huawei DPDP benchmark (ICAPS 2021) publishes them.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import {
  loadsOf,
  type Factory,
  type FactoryDay,
  type FactoryOrder,
  type FactoryVehicle,
  type Ways,
} from './factoryDay.ts'
import { readTable } from './table.ts'

/** What all days of a folder share. */
export interface FactoryMap {
  factories: readonly Factory[]
  ways: Ways
  /** Where the vehicles of any day start, by their position in its file. */
  starts: readonly number[]
  factoryAt: (id: string) => number | undefined
}

const daySeconds = 86_400
const quartersPerPallet = 4
const packing = [
  { column: 'q_standard', quarters: 4 },
  { column: 'q_small', quarters: 2 },
  { column: 'q_box', quarters: 1 },
]

/** Names of the folders of days in `dir`, those with the least numbers first. */
export function daysIn(dir: string): string[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new Error(`${dir} is no folder`)
  const names = readdirSync(dir).filter((name) => /^instance_\d+$/.test(name))
  if (names.length === 0) throw new Error(`${dir} has no folder instance_1 or the like`)
  return names.toSorted((one, other) => Number(one.slice(9)) - Number(other.slice(9)))
}

export function readMap(dir: string): FactoryMap {
  const rows = readTable(join(dir, 'factory_info.csv'), ['factory_id', 'port_num'])
  const factories = rows.map((row) => {
    const docks = row.whole('port_num')
    return docks > 0 ? { id: row.text('factory_id'), docks } : row.refuse('it has no dock')
  })
  const indices = new Map(factories.map(({ id }, at) => [id, at]))
  const factoryAt = (id: string) => indices.get(id)
  const starts = readTable(join(dir, 'vehicle_start.csv'), ['factory_id']).map((row) => {
    const id = row.text('factory_id')
    return factoryAt(id) ?? row.refuse(`there is no factory ${id}`)
  })
  return { factories, starts, factoryAt, ways: readWays(dir, factories.length, factoryAt) }
}

function readWays(dir: string, size: number, factoryAt: FactoryMap['factoryAt']): Ways {
  const driveSeconds = new Int32Array(size * size).fill(-1)
  const kilometres = new Float64Array(size * size)
  const columns = ['start_factory_id', 'end_factory_id', 'distance', 'time']
  for (const row of readTable(join(dir, 'route_info.csv'), columns)) {
    const [from, to] = ['start_factory_id', 'end_factory_id'].map((column) => {
      return factoryAt(row.text(column)) ?? row.refuse(`there is no factory ${row.text(column)}`)
    })
    driveSeconds[from! * size + to!] = row.whole('time')
    kilometres[from! * size + to!] = row.number('distance')
  }
  for (let at = 0; at < size; at += 1) {
    driveSeconds[at * size + at] = 0
    kilometres[at * size + at] = 0
  }
  const missing = driveSeconds.indexOf(-1)
  if (missing !== -1) {
    const [from, to] = [Math.floor(missing / size), missing % size]
    throw new Error(`${dir}: no way from the factory in row ${from + 1} to that in row ${to + 1}`)
  }
  return { driveSeconds, kilometres }
}

/** The day of one folder: one file of vehicles, and one of orders. */
export function readDay(dir: string, map: FactoryMap): FactoryDay {
  const tables = readdirSync(dir).filter((name) => /\.csv(\.gz)?$/.test(name))
  const [vehicleFile, ...moreVehicles] = tables.filter((name) => name.startsWith('vehicle_info'))
  const [orderFile, ...moreOrders] = tables.filter((name) => !name.startsWith('vehicle'))
  if (vehicleFile === undefined || orderFile === undefined || moreVehicles.length > 0) {
    throw new Error(`${dir} needs one file vehicle_info_*.csv and one of orders`)
  }
  if (moreOrders.length > 0) throw new Error(`${dir} has several files of orders`)
  const vehicles = readVehicles(join(dir, vehicleFile.replace(/\.gz$/, '')), map)
  const orders = readOrders(join(dir, orderFile.replace(/\.gz$/, '')), map)
  const { factories, ways } = map
  const loads = loadsOf(orders, vehicles)
  return { name: basename(resolve(dir)), factories, ways, vehicles, orders, loads }
}

function readVehicles(path: string, { starts }: FactoryMap): FactoryVehicle[] {
  const rows = readTable(path, ['car_num', 'capacity'])
  if (rows.length === 0) throw new Error(`${path} has no vehicle`)
  return rows.map((row, at) => ({
    name: row.text('car_num'),
    capacityQuarters: row.whole('capacity') * quartersPerPallet,
    start: starts[at] ?? row.refuse('vehicle_start.csv does not say where it starts'),
  }))
}

function readOrders(path: string, { factoryAt }: FactoryMap): FactoryOrder[] {
  const clocks = ['creation_time', 'committed_completion_time']
  const columns = [...packing.map(({ column }) => column), ...clocks, 'demand']
  return readTable(path, [...columns, 'order_id', 'pickup_id', 'delivery_id']).map((row) => {
    const [pickup, delivery] = ['pickup_id', 'delivery_id'].map((column) => {
      return factoryAt(row.text(column)) ?? row.refuse(`there is no factory ${row.text(column)}`)
    })
    const [createdSeconds, committed] = clocks.map((column) => row.clock(column))
    const itemQuarters = packing.flatMap(({ column, quarters }) =>
      Array.from({ length: row.whole(column) }, () => quarters),
    )
    const quarters = itemQuarters.reduce((sum, item) => sum + item, 0)
    if (quarters === 0) row.refuse('it has no item')
    if (quarters !== row.number('demand') * quartersPerPallet) {
      row.refuse(`its items are ${quarters / quartersPerPallet} pallets, not its demand`)
    }
    return {
      id: row.text('order_id'),
      pickup: pickup!,
      delivery: delivery!,
      createdSeconds: createdSeconds!,
      dueSeconds: committed! < createdSeconds! ? committed! + daySeconds : committed!,
      itemQuarters,
    }
  })
}
