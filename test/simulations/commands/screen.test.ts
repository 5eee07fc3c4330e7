// What a planner's terminal shows: tables and sentences fit its width, and a file gets them whole.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { openScreen, table } from '../../../simulations/commands/screen.ts'

const head = ['combination', 'lateness, mean', 'cost per order']
const rows = [
  ['* deviationMinutes 0.62, maxStopDelayMinutes 10', '2.07 min', '4.07'],
  ['  as it is', '2.84 min', '4.08'],
]

function said(text: string, columns?: number): string[] {
  const written: string[] = []
  const output = { isTTY: columns !== undefined, columns: columns ?? 0 }
  openScreen({ ...output, write: (one) => written.push(one) }).say(text)
  return written.join('').split('\n').slice(0, -1)
}

test('a table keeps one line a row where there is room', () => {
  expect(table(head, rows).split('\n')).toHaveLength(4)
})

test('a head takes several lines, and then the name of a row one of its own, where there is less', () => {
  expect(table(head, rows, 76)).toBe(
    [
      '                                                               cost',
      '                                                   lateness,    per',
      '  combination                                           mean  order',
      '  -----------------------------------------------  ---------  -----',
      '  * deviationMinutes 0.62, maxStopDelayMinutes 10   2.07 min   4.07',
      '    as it is                                        2.84 min   4.08',
    ].join('\n'),
  )
  const narrow = table(head, rows, 40).split('\n')
  expect(narrow.slice(4)).toEqual([
    '  * deviationMinutes 0.62, maxStopDelayMinutes 10',
    '     2.07 min   4.07',
    '    as it is',
    '     2.84 min   4.08',
  ])
})

test('what is too long goes on below its own text, not below the flag that it explains', () => {
  expect(said('  --out DIR  keeps the result and a day', 30)).toEqual([
    '  --out DIR  keeps the result',
    '             and a day',
  ])
  expect(said('one two three four', 10)).toEqual(['one two', '  three', '  four'])
})

test('folding loses no word, fits the width where words do, and leaves a file alone', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 100 }), (text, columns) => {
      const lines = said(text.join(' '), columns)
      expect(lines.join(' ').split(/ +/)).toEqual(text)
      expect(lines.filter((line) => line.length >= columns)).toEqual([])
      expect(said(text.join(' '))).toEqual([text.join(' ')])
    }),
  )
})

test('how far it is goes beside the results, so that they can be piped away', () => {
  const results: string[] = []
  const notes: string[] = []
  const screen = openScreen(
    { write: (text) => results.push(text) },
    { notes: { write: (text) => notes.push(text) } },
  )
  const meter = screen.progress('Simulating')
  meter.at(1, 1)
  meter.end()
  screen.say('done')
  expect([results, notes]).toEqual([['done\n'], ['Simulating: 1 of 1\n']])
})

test('a terminal that does not know its width is taken for one of eighty columns', () => {
  const text = 'word '.repeat(30).trim()
  expect(said(text, 0)).toEqual(said(text, 80))
})
