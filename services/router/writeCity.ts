// Command: writes the demo city's map. node services/router/writeCity.ts PATH [SEED]
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CITY_SEED, cityOsm } from './city.ts'

const [path, seed] = process.argv.slice(2)
if (!path) throw new Error('usage: node services/router/writeCity.ts PATH [SEED]')
await mkdir(dirname(path), { recursive: true })
await writeFile(path, cityOsm(seed === undefined ? CITY_SEED : Number(seed)))
