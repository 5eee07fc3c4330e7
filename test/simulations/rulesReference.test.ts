// The rules of dispatch are what their schema says: the defaults, the page of reference, and what is refused.
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { completeRules, defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { defaultsOf, rulesReference } from '../../simulations/rulesReference.ts'
import { readText } from '../support/tree.ts'

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
const isValid = ajv.compile(DispatchRules)

test('the reference page is what the schema says', () => {
  expect(readText('docs/reference/dispatch-rules.md')).toBe(rulesReference())
})

test('the defaults of the schema are those that decide', () => {
  expect(defaultsOf(DispatchRules)).toEqual(defaultDispatchRules)
  expect(isValid(defaultDispatchRules)).toBe(true)
})

test('rules of before a field was thought of are completed with its default', () => {
  const kept = { weights: { minutesToBuyer: 3 }, maxWaitingMinutes: 7 }
  expect(completeRules(kept)).toEqual({
    ...defaultDispatchRules,
    maxWaitingMinutes: 7,
    weights: { ...defaultDispatchRules.weights, minutesToBuyer: 3 },
  })
  expect(completeRules({})).toEqual(defaultDispatchRules)
})

describe('what is no rule is refused with its place', () => {
  const { weights } = defaultDispatchRules
  test.each<[string, Record<string, unknown>]>([
    ['/weights/scrapRisk', { weights: { ...weights, scrapRisk: NaN } }],
    ['/weights/minutesToBuyer', { weights: { ...weights, minutesToBuyer: Infinity } }],
    ['/weights/latenessMinutes', { weights: { ...weights, latenessMinutes: -1 } }],
    ['/maxDeviationMinutes', { maxDeviationMinutes: '30' }],
    ['/maxLatenessMinutes', { maxLatenessMinutes: Infinity }],
    ['/improvementIterations', { improvementIterations: 0.5 }],
    ['/version', { version: 2 }],
    ['', { maxDeviationMiles: 3 }],
    ['/weights', { weights: { ...weights, luck: 1 } }],
  ])('%s', (path, change) => {
    expect(isValid({ ...defaultDispatchRules, ...change })).toBe(false)
    expect(isValid.errors?.map(({ instancePath }) => instancePath)).toContain(path)
  })
})
