// Proves that a folder can be written to before anything is worked for, and leaves no trace of having tried.
import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { plainly } from '../scenario/plainWords.ts'

export async function proveWritable(dir: string): Promise<void> {
  const missing: string[] = []
  for (let at = resolve(dir); !(await isThere(at)); at = dirname(at)) missing.unshift(at)
  const made: string[] = []
  try {
    // One by one: made all at once, folders below /proc are tried for ever.
    for (const path of missing) {
      await mkdir(path)
      made.unshift(path)
    }
    made.unshift(await mkdtemp(join(dir, '.try-')))
  } catch (error) {
    throw new Error(`${dir} cannot be written: ${plainly(error)}`, { cause: error })
  } finally {
    for (const path of made) await rmdir(path).catch(() => undefined)
  }
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
