// Writes docs/reference/openapi.json from the routes; a test says whether the two are equal.
import { mkdirSync, writeFileSync } from 'node:fs'
import { openApi } from './openapi.ts'
import { routes } from './routes.ts'

const target = new URL('../docs/reference/openapi.json', import.meta.url)

mkdirSync(new URL('.', target), { recursive: true })
writeFileSync(target, `${JSON.stringify(openApi(routes), null, 2)}\n`)
