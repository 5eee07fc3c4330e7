// A queue before servers (M/M/c) on the kernel, and what theory knows of it.
import { exponential } from '../kernel/distributions.ts'
import { openKernel } from '../kernel/kernel.ts'
import { openStreams } from '../kernel/streams.ts'

export interface QueueScenario {
  arrivalsPerSecond: number
  servers: number
  meanServiceSeconds: number
  customers: number
  seed: number
}

/** Customers come, wait in one line, are served and leave; returns how long each waited. */
export function runQueue(scenario: QueueScenario): { waitSeconds: Float64Array; events: number } {
  const { arrivalsPerSecond, servers, meanServiceSeconds, customers, seed } = scenario
  const kernel = openKernel({ capacity: servers + 1 })
  const streams = openStreams(seed)
  const arrivals = streams.purpose('arrival').of(0)
  const services = streams.purpose('service').of(0)
  const meanGapSeconds = 1 / arrivalsPerSecond
  // Filled with arrivals first: first come, first served makes the line a stretch of this array.
  const waitSeconds = new Float64Array(customers)
  let arrived = 0
  let begun = 0
  let busy = 0

  const arrive = kernel.handler(() => {
    waitSeconds[arrived] = kernel.now()
    arrived += 1
    if (arrived < customers)
      kernel.schedule(kernel.now() + exponential(arrivals, meanGapSeconds), 0, arrive)
    if (busy < servers) {
      busy += 1
      begin()
    }
  })
  const leave = kernel.handler(() => {
    if (begun < arrived) begin()
    else busy -= 1
  })
  const begin = () => {
    waitSeconds[begun] = kernel.now() - waitSeconds[begun]!
    begun += 1
    kernel.schedule(kernel.now() + exponential(services, meanServiceSeconds), 0, leave)
  }

  kernel.schedule(exponential(arrivals, meanGapSeconds), 0, arrive)
  return { events: kernel.run(Infinity), waitSeconds }
}

/** Erlang's: the chance that all servers are busy, times the mean wait of those who find them so. */
export function theoreticalWaitSeconds(scenario: QueueScenario): number {
  const { arrivalsPerSecond, servers, meanServiceSeconds } = scenario
  const offered = arrivalsPerSecond * meanServiceSeconds
  let blocked = 1
  for (let count = 1; count <= servers; count += 1) {
    blocked = (offered * blocked) / (count + offered * blocked)
  }
  const allBusy = blocked / (1 - (offered / servers) * (1 - blocked))
  return (allBusy * meanServiceSeconds) / (servers - offered)
}
