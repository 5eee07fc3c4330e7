// The OpenAPI document: valid 3.1, equal to the code, and complete.
import { readFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from '@jest/globals'
import { openApi } from '../../api/openapi.ts'
import { routes } from '../../api/routes.ts'
import { failureCatalogue } from '../../domain/failure.ts'

const document = openApi(routes)

test('the document in docs/ is the one that the code makes', async () => {
  const written = await readFile(
    new URL('../../docs/reference/openapi.json', import.meta.url),
    'utf8',
  )
  // Should they differ: node api/writeOpenapi.ts
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(document)))
})

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  expect(errors).toBeUndefined()
  expect([valid, validator.version]).toEqual([true, '3.1'])
})

test('an invalid document is told from a valid one', async () => {
  const { valid } = await new Validator().validate({ ...document, paths: { orders: {} } })
  expect(valid).toBe(false)
})

test('every reference leads to a component, and every operation has a name of its own', () => {
  const text = JSON.stringify(document)
  const components = Object.keys(Object(Object(document['components'])['schemas']))
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(components).toContain(name)
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id)
  expect(ids).toHaveLength(routes.length)
  expect(new Set(ids).size).toBe(routes.length)
})

test('every code of the catalogue is explained, and every POST asks for an Idempotency-Key', () => {
  const text = JSON.stringify(document)
  for (const code of Object.keys(failureCatalogue)) expect(text).toContain(code)
  for (const { contract } of routes.filter(createsThings)) {
    expect([contract.path, Boolean(contract.idempotent)]).toEqual([contract.path, true])
  }
})

/** Helpers of test mode move a virtual world that forgets by itself. */
function createsThings({ contract: { method, path } }: (typeof routes)[number]): boolean {
  return method === 'post' && !path.startsWith('/v1/test/')
}
