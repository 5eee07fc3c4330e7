// The plant as experiments know it: scenarios are prepared once in each thread, and then its days are simulated.
import { simulateDay } from './day.ts'
import { prepare } from './prepare.ts'

export const model = { prepare, simulateDay }
