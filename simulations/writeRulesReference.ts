// Writes the reference pages of planners anew; a test compares them with the code.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesReference } from './rulesReference.ts'
import { scenarioReference } from './scenarioReference.ts'

const dir = join(import.meta.dirname, '../docs/reference')
mkdirSync(dir, { recursive: true })
writeFileSync(join(dir, 'dispatch-rules.md'), rulesReference())
writeFileSync(join(dir, 'scenario.md'), scenarioReference())
