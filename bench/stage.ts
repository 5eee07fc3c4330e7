// The place of one measurement: a temporary folder; what was started there ends with it, also on Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Stage {
  dir: string
  /** Whatever was started last ends first. */
  endsWith: (end: () => Promise<unknown>) => void
}

export async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fabroute-bench-'))
  const ends: (() => Promise<unknown>)[] = []
  let clearing: Promise<void> | null = null
  const clear = () => (clearing ??= clearStage(dir, ends))
  const onSignal = () => {
    // What is only just starting ends with this process.
    void clear().finally(() => process.exit(130))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal)
  try {
    await work({ dir, endsWith: (end) => ends.push(end) })
  } catch (error) {
    // After a signal, whatever was under way fails because its parts are gone.
    if (clearing === null) throw error
  } finally {
    await clear()
  }
}

async function clearStage(dir: string, ends: (() => Promise<unknown>)[]): Promise<void> {
  for (const end of ends.toReversed()) await end().catch((error: unknown) => console.error(error))
  await rm(dir, { recursive: true, force: true })
}
