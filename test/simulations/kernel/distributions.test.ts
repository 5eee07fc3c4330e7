// Distributions have the moments that their names promise, from the draws that they may take.
import { expect, test } from '@jest/globals'
import {
  empirical,
  erlang,
  exponential,
  gamma,
  integerBelow,
  lognormal,
  normal,
  poisson,
  triangular,
  uniform,
} from '../../../simulations/kernel/distributions.ts'
import { normalQuantile } from '../../../simulations/kernel/normal.ts'
import { openStreams, type Stream } from '../../../simulations/kernel/streams.ts'

const seen = empirical([9, 1, 4], [1, 2, 1])
const draws = 60_000

type Shape = [string, (stream: Stream) => number, mean: number, variance: number, skew: number]
const shapes: Shape[] = [
  ['uniform', (stream) => uniform(stream, 2, 8), 5, 3, 0],
  ['integer', (stream) => integerBelow(stream, 6), 2.5, 35 / 12, 0],
  ['exponential', (stream) => exponential(stream, 3), 3, 9, 2],
  ['normal', (stream) => normal(stream, -1, 2), -1, 4, 0],
  ['lognormal', (stream) => lognormal(stream, 20, 5), 20, 25, 0.765625],
  ['gamma above 1', (stream) => gamma(stream, 2.5, 10), 10, 40, 2 / Math.sqrt(2.5)],
  ['gamma below 1', (stream) => gamma(stream, 0.5, 2), 2, 8, 2 / Math.sqrt(0.5)],
  ['erlang', (stream) => erlang(stream, 4, 8), 8, 16, 1],
  ['triangular', (stream) => triangular(stream, 1, 2, 6), 3, 7 / 6, 0.476091],
  ['empirical', seen, 3.75, 10.6875, 0.7378864],
  ['poisson of a few', (stream) => poisson(stream, 3.5), 3.5, 3.5, 1 / Math.sqrt(3.5)],
  ['poisson of many', (stream) => poisson(stream, 1_200), 1_200, 1_200, 1 / Math.sqrt(1_200)],
]

test.each(shapes)('%s has its mean, variance and skewness', (name, draw, mean, variance, skew) => {
  const stream = openStreams(1).purpose(name).of(0)
  const count = mean > 1_000 ? draws / 10 : draws
  const values = Float64Array.from({ length: count }, () => draw(stream))
  const moment = (power: number, around: number) =>
    values.reduce((sum, value) => sum + (value - around) ** power, 0) / count
  const sampleMean = moment(1, 0)
  const sampleVariance = moment(2, sampleMean)
  const sampleFourth = moment(4, sampleMean)
  // Four standard errors each, as large as the sample itself says that they are.
  expect(Math.abs(sampleMean - mean)).toBeLessThan(4 * Math.sqrt(variance / count))
  const varianceError = Math.sqrt((sampleFourth - sampleVariance ** 2) / count)
  expect(Math.abs(sampleVariance - variance)).toBeLessThan(4 * varianceError)
  const sixth = moment(6, sampleMean) / sampleVariance ** 3
  const sampleSkew = moment(3, sampleMean) / sampleVariance ** 1.5
  expect(Math.abs(sampleSkew - skew)).toBeLessThan(4 * Math.sqrt(sixth / count))
})

test('values stay where they can be at the ends of a draw', () => {
  const [none, almostAll] = [{ uniform: () => 0 }, { uniform: () => 1 - 2 ** -53 }]
  for (const stream of [none, almostAll]) {
    expect(Number.isFinite(normal(stream, 0, 1))).toBe(true)
    expect(Number.isFinite(exponential(stream, 1))).toBe(true)
    expect(Number.isFinite(poisson(stream, 499.5))).toBe(true)
    expect(integerBelow(stream, 6)).toBe(stream === none ? 0 : 5)
    expect(seen(stream)).toBe(stream === none ? 1 : 9)
    expect(triangular(stream, 1, 1, 1)).toBe(1)
  }
  expect(poisson(almostAll, 0)).toBe(0)
})

test('quantiles of the normal distribution are those of the tables', () => {
  expect(normalQuantile(0.5)).toBe(0)
  expect(normalQuantile(0.975)).toBeCloseTo(1.9599639845400536, 14)
  expect(normalQuantile(0.07)).toBeCloseTo(-1.4757910281791702, 14)
  expect(normalQuantile(1e-5)).toBeCloseTo(-4.2648907939228256, 13)
  expect(normalQuantile(1e-300)).toBeCloseTo(-37.0470962993612, 12)
})

test('what is no distribution is refused', () => {
  const stream = openStreams(1).purpose('x').of(0)
  expect(() => gamma(stream, 0, 1)).toThrow('shape')
  expect(() => poisson(stream, -1)).toThrow('mean count')
  expect(() => poisson(stream, Infinity)).toThrow('mean count')
  expect(() => empirical([])).toThrow('weight')
  expect(() => empirical([1, 2], [1])).toThrow('weight')
  expect(() => empirical([1, 2], [1, -1])).toThrow('weight')
})
