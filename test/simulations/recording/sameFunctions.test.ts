// Production and the simulator decide by the very same functions, and a day that production decided is decided again.
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readRecording } from '../../../simulations/recording/file.ts'
import { replay } from '../../../simulations/recording/replay.ts'
import { projectFiles, readModule, readText } from '../../support/tree.ts'

const decide = 'domain/dispatch/batch.ts'
const judge = 'domain/dispatch/fleet.ts'

/** Everything that a module needs to run, its own imports and theirs. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set([start])
  for (const path of reached) {
    // A Set goes on to what is added while it is walked.
    for (const { target, isOurs } of readModule(path).imports) if (isOurs) reached.add(target)
  }
  return reached
}

describe('one function decides a batch, one judges an insertion:', () => {
  test.each([
    ['production', 'activities/dispatching.ts', [decide, judge]],
    ['a replay', 'simulations/recording/replay.ts', [decide, judge]],
    ['the simulator', 'simulations/plant/dispatcher.ts', [decide, judge]],
    ['a quote', 'api/quoting.ts', [judge]],
  ])('%s reaches it from %s', (_who, path, functions) => {
    expect([...reachedFrom(path)]).toEqual(expect.arrayContaining(functions))
  })

  test('nobody else declares functions of their names', () => {
    const declared = projectFiles().filter(
      (path) =>
        path.endsWith('.ts') && /export function (?:planBatch|openFleet)\b/.test(readText(path)),
    )
    expect(declared).toEqual([decide, judge])
  })
})

// Decisions that are changed on purpose need a day that was decided so: `npm start`, orders by truck, then
// `npm run sim -- record --day ... --out test/recordings/demoDay.json.gz`.
test('the demo day that production decided is decided again, equal to the last figure', async () => {
  const recording = await readRecording(
    join(import.meta.dirname, '../../recordings/demoDay.json.gz'),
  )
  const { decisions, stops, equal, first } = replay(recording)
  expect([equal, first]).toEqual([decisions, null])
  expect([decisions > 10, stops > 40]).toEqual([true, true])
  const trucks = new Set(recording.outcomes.map(({ vehicleId }) => vehicleId))
  expect(trucks.size).toBeGreaterThan(1)
})

test('the demo day names nobody and no place', async () => {
  const recording = await readRecording(
    join(import.meta.dirname, '../../recordings/demoDay.json.gz'),
  )
  const text = JSON.stringify(recording)
  expect(text).not.toMatch(/(?:ful|ord|buy|sto)_|"l(?:on|at)"|@|terrace|homer/i)
  expect(text).not.toMatch(/-?\d{2}\.\d{4,},-?\d{2}\.\d{4,}/)
})
