// What people are told of a document that does not fit its schema.
import { expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type TSchema, Type } from 'typebox'
import { faultsOf } from '../../domain/schemaFaults.ts'

const words = (...all: string[]) => Type.Union(all.map((word) => Type.Literal(word)))
const only = (properties: Record<string, TSchema>) =>
  Type.Object(properties, { additionalProperties: false })

function told(schema: TSchema, document: unknown): string[] {
  const validate = new Ajv2020({ allErrors: true }).compile(schema)
  expect(validate(document)).toBe(false)
  return faultsOf(validate.errors ?? []).map(({ path, message }) => `${path} ${message}`)
}

test('of a few words, which there are', () => {
  const kinds = Type.Array(words('warehouse', 'lockers'))
  expect(told(kinds, ['moon', 'lockers', 7])).toEqual([
    '/0 must be one of warehouse, lockers',
    '/2 must be one of warehouse, lockers',
  ])
  expect(told(only({ v: Type.Literal(2) }), { v: 3 })).toEqual(['/v must be 2'])
})

test('of several types, each of them', () => {
  const schema = Type.Union([Type.String(), Type.Integer(), Type.Null()])
  expect(told(schema, true)).toEqual([' must be a string or an integer or null'])
})

test('of several shapes, what keeps it from the nearest one', () => {
  const shapes = Type.Union([
    only({ address: Type.String() }),
    only({ lon: Type.Number({ maximum: 180 }), lat: Type.Number() }),
  ])
  expect(told(shapes, { lon: 200, lat: 3 })).toEqual(['/lon must be <= 180'])
  expect(told(shapes, {})).toEqual(['/address is missing'])
})

test('of a union within a union, what its inner choices are', () => {
  const inner = only({ way: words('truck', 'pickup') })
  expect(told(Type.Union([inner, Type.Null()]), { way: 'drone' })).toEqual([
    '/way must be one of truck, pickup',
  ])
})

test('names that hold slashes stay one step of the path', () => {
  expect(told(only({}), { 'a/b~c': 1 })).toEqual(['/a~1b~0c is not expected here'])
})
