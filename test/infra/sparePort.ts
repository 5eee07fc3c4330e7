// Chooses ports for tests that must get the very port they want: from a range where nobody else chooses meanwhile.
import { isFree } from '../../infra/ports.ts'

const first = 10_000
const count = 9_000
const given = new Set<number>()

export async function sparePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}
