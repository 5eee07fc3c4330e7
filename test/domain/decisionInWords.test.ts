// A decision in plain words: what was chosen, the next best three with what spoke against them, and nothing idle.
import { expect, test } from '@jest/globals'
import { decisionInWords } from '../../domain/decisionInWords.ts'
import type { Candidate, Decision } from '../../domain/model/order.ts'

const fits = (id: string, score: number, terms: Candidate['terms']): Candidate => ({
  id,
  score,
  terms,
  reason: null,
  details: { beforeStopId: 'stop-744' },
})
const out = (id: string, reason: string, details: Candidate['details'] = {}): Candidate => ({
  id,
  score: null,
  terms: {},
  reason,
  details,
})
const decision = (chosen: string | null, ...candidates: Candidate[]): Decision => ({
  kind: 'dispatch',
  chosen,
  candidates,
})

test('the chosen truck with its score and place, and the best three others with what spoke against them', () => {
  const words = decisionInWords(
    decision(
      'veh_grocery',
      fits('veh_grocery', 21.04, { minutesToBuyer: 20, deviationMinutes: 0.52, waitingMinutes: 0 }),
      fits('veh_van', 24, { minutesToBuyer: 19, deviationMinutes: 2.5 }),
      out('veh_factory', 'deviation_too_far', { maxMeters: 20_000, metersAway: 3 }),
      out('veh_late', 'after_shift_end'),
      out('veh_old', 'out_of_service'),
    ),
  )
  expect(words.split('\n')).toEqual([
    'Chosen: `veh_grocery`, 21 points (minutesToBuyer 20, deviationMinutes 0.5), put in before `stop-744`',
    '',
    'Not chosen:',
    '',
    '- `veh_van`: 24 points, 3 more (minutesToBuyer 19, deviationMinutes 2.5)',
    '- `veh_factory`: deviation_too_far (maxMeters 20000)',
    '- `veh_late`: after_shift_end',
    '- and 1 more',
  ])
})

test('where nothing fits it says so, and of each why', () => {
  const words = decisionInWords(decision(null, out('veh_van', 'no_machine_on_board_fits')))
  expect(words).toBe('Nothing fits.\n\nWhy not:\n\n- `veh_van`: no_machine_on_board_fits')
})
