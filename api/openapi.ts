// The OpenAPI 3.1 document, made from the very contracts that validate the calls.
import { STATUS_CODES } from 'node:http'
import type { TSchema } from 'typebox'
import { failureCatalogue } from '../domain/failure.ts'
import { budgets, limits } from './limits.ts'
import { headerComponents, headersOf } from './openapiHeaders.ts'
import { Problem } from './problem.ts'
import type { AnyContract, Route } from './route.ts'
import { scopes } from '../domain/scopes.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** Schemas with a title become named components; everything else stays where it is used. */
export function openApi(routes: readonly Route[]): JsonObject {
  const components: JsonObject = {}
  const place = (schema: TSchema) => hoist(asJson(schema), components)
  const problem = place(Problem)
  const paths: Record<string, JsonObject> = {}
  for (const { contract } of routes) {
    const operations = (paths[contract.path] ??= {})
    operations[contract.method] = operation(contract, place, problem)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fabroute',
      version: '1',
      summary: 'Orders for items that are made on demand',
      description: introduction(),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      schemas: components,
      headers: headerComponents,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key: fab_live_... or fab_test_...',
        },
      },
    },
  }
}

function operation(
  contract: AnyContract,
  place: (schema: TSchema) => Json,
  problem: Json,
): JsonObject {
  const noun = contract.path.split('/')[2] ?? ''
  const responses: JsonObject = {}
  for (const [status, schema] of Object.entries(contract.responses)) {
    responses[status] = response(contract, Number(status), schema && place(schema))
  }
  if (contract.versioned && contract.method === 'get') {
    responses['304'] = {
      description: 'Unchanged since the ETag of If-None-Match',
      headers: headersOf(contract, 304),
    }
  }
  responses['default'] = {
    description: 'Why not: a problem with a code',
    headers: headersOf(contract, 'default'),
    content: { 'application/problem+json': { schema: problem } },
  }
  return {
    operationId: operationId(contract),
    tags: [noun],
    summary: contract.summary,
    description: [contract.description, `Scope \`${contract.scope}\`.`]
      .filter(Boolean)
      .join('\n\n'),
    parameters: parameters(contract, place),
    ...(contract.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: place(contract.body) } },
          },
        }
      : {}),
    responses,
  }
}

function response(contract: AnyContract, status: number, schema: Json): JsonObject {
  const other = contract.alsoAnswers
  const only = contract.answersOnly
  return {
    description: STATUS_CODES[status] ?? 'Answer',
    headers: headersOf(contract, status),
    ...(schema === null
      ? {}
      : {
          content: {
            [only ?? 'application/json']: { schema },
            ...(other ? { [other]: { schema: { type: 'string' } } } : {}),
          },
        }),
  }
}

function parameters(contract: AnyContract, place: (schema: TSchema) => Json): Json[] {
  return [
    ...fields(contract.params, 'path', place),
    ...fields(contract.query, 'query', place),
    ...(contract.idempotent
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: true,
            description: `Your id for this call; the same key and body give the same answer for ${limits.idempotencyHours} hours.`,
            schema: { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyLength },
          },
        ]
      : []),
    ...(contract.guarded
      ? [
          {
            name: 'If-Match',
            in: 'header',
            required: true,
            description: 'The ETag that you read; 412 when the thing has changed since.',
            schema: { type: 'string' },
          },
        ]
      : []),
    ...(contract.alsoAnswers === 'text/event-stream'
      ? [
          {
            name: 'Last-Event-ID',
            in: 'header',
            required: false,
            description: 'Of a stream: the sequence of the last event that you have.',
            schema: { type: 'integer', minimum: 0 },
          },
        ]
      : []),
    ...(contract.versioned && contract.method === 'get'
      ? [{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } }]
      : []),
  ]
}

interface ObjectSchema extends TSchema {
  properties?: Record<string, TSchema>
  required?: string[]
}

function fields(
  schema: TSchema | undefined,
  where: string,
  place: (schema: TSchema) => Json,
): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] }: ObjectSchema = schema
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: place(field),
  }))
}

function operationId({ method, path }: AnyContract): string {
  const words = path.replace('/v1/', '').replaceAll(/[{}]/g, '').split(/[/_]/)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function asJson(schema: TSchema): Json {
  const json: Json = JSON.parse(JSON.stringify(schema))
  return json
}

function hoist(schema: Json, components: JsonObject): Json {
  if (Array.isArray(schema)) return schema.map((inner) => hoist(inner, components))
  if (typeof schema !== 'object' || schema === null) return schema
  const { title } = schema
  const named = typeof title === 'string'
  const walked = Object.fromEntries(
    Object.entries(schema)
      .filter(([name]) => !(named && name === 'title'))
      .map(([name, inner]) => [name, hoist(inner, components)]),
  )
  if (!named) return walked
  components[title] = walked
  return { $ref: `#/components/schemas/${title}` }
}

function introduction(): string {
  const codes = Object.entries(failureCatalogue).map(
    ([code, { status, sentence }]) => `| \`${code}\` | ${status} | ${sentence} |`,
  )
  return [
    'Ask for a quote, order one of its offers, and follow the order by its events.',
    '',
    'Money is minor units as text with a currency, times are RFC 3339 in UTC, lists are pages: pass `next_cursor` as `cursor`.',
    'Every POST that creates a thing takes an `Idempotency-Key`. Errors are `application/problem+json` with a stable `code`.',
    '',
    '## Limits',
    '| limit | value |',
    '|---|---|',
    `| body | ${limits.bodyBytes} bytes |`,
    `| address and headers | ${limits.headerBytes} bytes |`,
    `| time for a call to arrive | ${limits.arrivalMs / 1000} s |`,
    `| lines of a quote | ${limits.linesPerQuote} |`,
    `| quantity of a line | ${limits.quantityPerLine} |`,
    `| hold of an offer | ${limits.holdSeconds.default} s, at most ${limits.holdSeconds.maximum} s |`,
    `| page | ${limits.page.default}, at most ${limits.page.maximum} |`,
    `| expansions of a read | ${limits.expansions} |`,
    `| Idempotency-Key | ${limits.idempotencyKeyLength} characters, kept ${limits.idempotencyHours} h |`,
    ...Object.entries(budgets).map(
      ([name, calls]) => `| calls of budget ${name} | ${calls} a minute and key |`,
    ),
    '',
    '## Scopes',
    '| scope | allows |',
    '|---|---|',
    ...Object.entries(scopes).map(([scope, sentence]) => `| \`${scope}\` | ${sentence} |`),
    '',
    '## Codes',
    '| code | status | meaning |',
    '|---|---|---|',
    ...codes,
  ].join('\n')
}
