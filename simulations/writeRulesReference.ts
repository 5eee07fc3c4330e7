// Writes docs/reference/dispatch-rules.md anew; a test compares the page with the code.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesReference } from './rulesReference.ts'

const dir = join(import.meta.dirname, '../docs/reference')
mkdirSync(dir, { recursive: true })
writeFileSync(join(dir, 'dispatch-rules.md'), rulesReference())
