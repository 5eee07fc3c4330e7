// A vehicle at its gateway: takes the stop list that the platform keeps, says where it is, and what
// happened at the stops.
import { contractVersion, limits } from '../contract/limits.ts'
import type { StopList, VehiclePosition } from '../contract/vehicle.ts'
import { topics } from '../contract/topics.ts'
import type { Link } from '../link.ts'
import type { Course } from './drivers/course.ts'
import { virtualTruck, type TruckPosition } from './drivers/virtualTruck.ts'
import type { Outbox } from './outbox.ts'
import type { VehicleProfile } from './profile.ts'

export interface VehicleOptions {
  siteId: string
  profile: VehicleProfile
  bootId: string
  dir: string
  timeFactor: number
  course?: Course | undefined
  outbox: Outbox
  link: Link
}

export interface VehicleStation {
  setStops: (list: StopList) => void
  birth: () => void
  fault: (payload: unknown) => void
  close: () => void
}

export function openVehicle(options: VehicleOptions): VehicleStation {
  const { siteId, profile, bootId, outbox, link } = options
  const { vehicleId } = profile

  function tell({ place, heading, nextStopId, stopsVersion, inService }: TruckPosition): void {
    const position: VehiclePosition = {
      v: contractVersion,
      bootId,
      atMs: Date.now(),
      lon: place.lon,
      lat: place.lat,
      heading,
      nextStopId,
      stopsVersion,
      inService,
    }
    void link.publish(topics.vehicle(siteId, vehicleId, 'pos'), position, {
      qos: 0,
      expirySeconds: limits.telemetryExpirySeconds,
    })
  }

  const truck = virtualTruck({
    dir: options.dir,
    profile,
    timeFactor: options.timeFactor,
    course: options.course,
    report: (key, event) => {
      const topic = topics.vehicle(siteId, vehicleId, 'evt')
      outbox.append(topic, `${vehicleId}/${key}`, { ...event, atMs: Date.now() })
    },
    onMove: tell,
  })
  const birth = () => tell(truck.position())
  const alive = setInterval(birth, limits.aliveMs)
  return {
    setStops: truck.setStops,
    birth,
    fault: truck.fault,
    close: () => {
      clearInterval(alive)
      truck.close()
    },
  }
}
