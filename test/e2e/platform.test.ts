// The whole real platform, once, for the stories of buyers, the repairs of operators, and what both leave behind.
import { afterAll, beforeAll } from '@jest/globals'
import { closeTown, openTown } from './town.ts'
import './stories.ts'
import './repairs.ts'
import './parcels.ts'
import './traces.ts'

beforeAll(openTown, 240_000)
afterAll(closeTown, 120_000)
