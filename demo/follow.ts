// Follows an order to its end: events as they come, and how far machine, truck and mail are.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Fulfilment, Job, Mail, Order, Place, Vehicle } from './client.ts'
import { bar, clock, miles, sentenceOf, type NameOf, type Screen, type Standing } from './show.ts'

export interface Following {
  client: Client
  screen: Screen
  nameOf: NameOf
  orderId: string
  /** Where the buyer is. */
  home: Place | null
  signal: AbortSignal
  /** What the buyer does on reading a mail. */
  onMail: (mail: Mail, order: Order) => Promise<void>
}

const lookEveryMs = 500
/** After the end, so long a last mail may take. */
const lastMailMs = 5_000

/** Answers the order once it has ended. */
export async function follow(following: Following): Promise<Order> {
  const { client, screen, orderId, signal } = following
  const readOrder = () => client.get<Order>(`/v1/orders/${orderId}?expand[]=fulfilments.jobs`)
  const mailbox = openMailbox(following)
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])

  async function tell(): Promise<void> {
    for await (const event of client.events(orderId, until)) {
      if (event.type === 'job.progress') continue // the bar says it
      screen.say(`${clock(event.timestamp)}  ${sentenceOf(event, following.nameOf)}`)
    }
    ended.abort()
  }

  async function look(): Promise<void> {
    while (!ended.signal.aborted) {
      const order = await readOrder()
      screen.standings(await standingsOf(following, order))
      await mailbox.read(order)
      await sleep(lookEveryMs, undefined, { signal })
    }
  }

  // When one of the two fails, the other must not keep the process waiting.
  await Promise.all([tell(), look()]).finally(() => ended.abort())
  screen.standings([])
  const order = await readOrder()
  await mailbox.readLast(order)
  return order
}

function openMailbox({ client, screen, orderId, signal, onMail }: Following) {
  let read = 0
  let hasLast = false

  async function readNew(order: Order): Promise<void> {
    const mails = (await client.inbox()).filter(({ text }) => text.includes(orderId))
    for (const mail of mails.slice(read)) {
      read += 1
      hasLast ||= mail.subject.startsWith('Delivered')
      screen.say(`${clock(new Date().toISOString())}  MAIL ${mail.subject}`)
      await onMail(mail, order)
    }
  }

  return {
    read: readNew,
    async readLast(order: Order): Promise<void> {
      const untilMs = Date.now() + lastMailMs
      await readNew(order)
      while (order.status === 'settled' && !hasLast && Date.now() < untilMs) {
        await sleep(lookEveryMs, undefined, { signal })
        await readNew(order)
      }
    },
  }
}

async function standingsOf(following: Following, order: Order): Promise<Standing[]> {
  const { client } = following
  const lists = await Promise.all(
    order.fulfilments.map(async (fulfilment) => {
      const jobs = fulfilment.jobs.flatMap((job) => jobStanding(job))
      const vehicleId = drivingVehicle(fulfilment)
      if (vehicleId === null) return jobs
      const vehicle = await client.get<Vehicle>(`/v1/vehicles/${vehicleId}`)
      return [...jobs, truckStanding(vehicle, following.home)]
    }),
  )
  return lists.flat()
}

function jobStanding({ id, state, attempt, machine_id: machine, progress }: Job): Standing[] {
  if (!['preparing', 'printing', 'finished'].includes(state)) return []
  const share = state === 'finished' ? 1 : progress
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  const text = `          ${bar(share)} ${percent} %  ${machine} ${state}${again}`
  return [{ id, text, news: `${attempt} ${state} ${Math.floor(share * 5)}` }]
}

const drivingVehicle = ({ vehicle_id: id, state }: Fulfilment): string | null =>
  ['making', 'made', 'in_transit'].includes(state) ? id : null

function truckStanding(vehicle: Vehicle, home: Place | null): Standing {
  const { id, name, place, stop_count: stops } = vehicle
  const at = `${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}`
  const away = home ? miles(place, home) : null
  const far = away === null ? '' : `, ${away.toFixed(1)} mi from the buyer`
  const text = `          ${name} is at ${at}${far}, ${stops} stops ahead`
  return { id, text, news: `${away?.toFixed(0)} ${stops}` }
}
