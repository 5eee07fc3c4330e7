// The reference of the dispatch rules, made from their schema.
import type { TSchema } from 'typebox'
import { DispatchRules, DispatchWeights } from '../domain/model/dispatchRules.ts'

/** The page docs/reference/dispatch-rules.md. */
export function rulesReference(): string {
  const { weights: _, ...limits } = DispatchRules.properties
  return `# Dispatch rules

What decides which vehicle takes an order, and where in its route. The rules are data: the API takes them (see
openapi.json), scenarios of the simulator carry them under \`rules.dispatch\`, and both check them by the same schema:
no other field is allowed, and NaN or infinite numbers are refused. What older rules do not name is as by default.
This page is made from domain/model/dispatchRules.ts by \`node simulations/writeRulesReference.ts\`.

A vehicle's score is the sum of its terms, each times its weight. The least score wins; of equal scores the lower id of the
vehicle, and then the earlier place in its route.

## weights
${tableOf(DispatchWeights.properties)}

## Limits and pace
${tableOf(limits)}

## The rules by default
\`\`\`json
${JSON.stringify(defaultsOf(DispatchRules), null, 2)}
\`\`\`
`
}

interface Field {
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  const?: unknown
  anyOf?: Field[]
  properties?: Record<string, Field>
}

function tableOf(properties: Record<string, TSchema>): string {
  const rows = Object.entries(properties).map(([name, schema]) => rowOf(name, schema))
  return [
    '| field | unit | default | from | to | what it does |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function rowOf(name: string, field: Field): string {
  const [unit = '', ...meaning] = (field.description ?? '').split(': ')
  const range = field.anyOf?.find(({ minimum }) => minimum !== undefined) ?? field
  const from = range.minimum ?? range.const ?? ''
  const to = range.maximum ?? range.const ?? ''
  const text = meaning.join(': ')
  const cells = [`\`${name}\``, unit, JSON.stringify(field.default), from, to, sentence(text)]
  return `| ${cells.map(String).join(' | ')} |`
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** As the schema says them, which a test holds against those that the code uses. */
export function defaultsOf(schema: TSchema): unknown {
  const field: Field = schema
  if (!field.properties) return field.default
  const entries = Object.entries(field.properties)
  return Object.fromEntries(entries.map(([name, inner]) => [name, defaultsOf(inner)]))
}
