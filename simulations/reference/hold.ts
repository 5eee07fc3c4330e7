// The hold model: as many events as are pending stay pending, each setting its next a mean second on.
import { exponential } from '../kernel/distributions.ts'
import { openKernel } from '../kernel/kernel.ts'
import { openStreams } from '../kernel/streams.ts'

/** Returns the simulated seconds that so many events took: near events / pending. */
export function runHold({
  pending,
  events,
  seed,
}: {
  pending: number
  events: number
  seed: number
}): number {
  const kernel = openKernel({ capacity: pending })
  const stream = openStreams(seed).purpose('hold').of(0)
  let left = events
  const hold = kernel.handler(() => {
    kernel.schedule(kernel.now() + exponential(stream, 1), 0, hold)
    left -= 1
    if (left === 0) kernel.stop()
  })
  for (let count = 0; count < pending; count += 1) kernel.schedule(exponential(stream, 1), 0, hold)
  kernel.run(Infinity)
  return kernel.now()
}
