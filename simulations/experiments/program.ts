// Knows the program by the text of everything that a simulated day depends on: another text, other days.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const projectDir = join(import.meta.dirname, '..', '..')
const folders = ['domain', 'services/router', 'simulations']
/** What shows results, or reads the command line, changes none. */
const besides = /^simulations\/(?:report|commands|scenarios)\/|^simulations\/main\.ts$/

export async function programHash(): Promise<string> {
  const lists = folders.map(async (folder) => {
    const names = await readdir(join(projectDir, folder), { recursive: true })
    return names.map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
  })
  const paths = (await Promise.all(lists)).flat()
  const code = paths.filter((path) => path.endsWith('.ts') && !besides.test(path)).toSorted()
  const hash = createHash('sha256')
  for (const path of code) hash.update(`${path}\n`).update(await readFile(join(projectDir, path)))
  return hash.digest('hex')
}
