// Writes docs/reference/mqtt.md anew; a test compares the page with the code.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reference } from './reference.ts'

const dir = join(import.meta.dirname, '../../docs/reference')
mkdirSync(dir, { recursive: true })
writeFileSync(join(dir, 'mqtt.md'), reference())
