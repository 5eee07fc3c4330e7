// The reference of scenarios and of what is tuned, made from their schemas.
import { Space } from './experiments/space.ts'
import { Scenario } from './scenario/scenario.ts'

interface Field {
  /** From the section's name on: lists are `[]`, values of a name of one's own `*`. */
  path: string
  type: string
  otherwise: string
  range: string
  meaning: string
}

/** The page docs/reference/scenario.md. */
export function scenarioReference(): string {
  const sections = sectionsOf(Scenario).filter(({ name }) => name !== 'rules')
  const { description, properties: { machines, promise } = {} } = nodeOf(Scenario.properties.rules)
  const space = Object.entries(nodeOf(Space).properties ?? {})
  const spaces = space.flatMap(([name, node]) => fieldsOf(name, node))
  const rules = [...fieldsOf('rules.machines', machines!), ...fieldsOf('rules.promise', promise!)]
  return `# Scenarios

A scenario is a JSON file. Only \`name\` must be there; what is left out has the default below, and what is not named here
is refused with its place. [simulations/scenarios](../../simulations/scenarios) has six to start from, and
[planning.md](../planning.md) leads through an experiment. \`extends\` names a file beside this one that it starts from:
what stands here replaces what stands there, field by field, lists as a whole, and null takes a field back to its default.
This page is made from simulations/scenario/ by \`node simulations/writeRulesReference.ts\`.

Hours count from midnight; after the next midnight they go on above 24. \`[]\` is each entry of a list: a field of it that
has no default must be given.
${sections.map(sectionInWords).join('\n')}

## rules
${description}
The fields of \`rules.dispatch\` are those of [dispatch-rules.md](dispatch-rules.md), but that \`batchIntervalMs\` is 0 by
default here: days are simulated one by one unless they say otherwise.

${tableOf(rules)}

# Spaces: what is tuned
The file that \`npm run sim -- tune scenario.json --rules space.json\` takes; [simulations/spaces](../../simulations/spaces)
has one. Any field of a scenario can be tuned, not only rules; the figures are those that \`run --help\` names.

${tableOf(spaces)}

# The longer defaults
${longOnes([...sections.flatMap(({ fields }) => fields), ...rules, ...spaces])}
`
}

interface Section {
  name: string
  description: string
  fields: Field[]
}

const isPart = ([, node]: [string, Node]) =>
  node.properties !== undefined || node.items !== undefined

function sectionsOf(schema: unknown): Section[] {
  const entries = Object.entries(nodeOf(schema).properties ?? {})
  const plain = entries.filter((entry) => !isPart(entry))
  const parts = entries.filter(isPart).map(([name, node]) => ({
    name,
    description: node.description ?? '',
    fields: fieldsOf(name, node),
  }))
  const fields = plain.flatMap(([name, node]) => fieldsOf(name, node))
  return [{ name: 'The scenario itself', description: '', fields }, ...parts]
}

function sectionInWords({ name, description, fields }: Section): string {
  return `\n## ${name}\n${description === '' ? '' : `${description}\n\n`}${tableOf(fields)}`
}

interface Node {
  type?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  anyOf?: Node[]
  items?: Node
  properties?: Record<string, Node>
  patternProperties?: Record<string, Node>
}

/** What a schema is as JSON. */
function nodeOf(schema: unknown): Node {
  const node: Node = JSON.parse(JSON.stringify(schema))
  return node
}

/** Objects of these fields are told in one row. */
const small: Record<string, string> = {
  'lon,lat': 'place {lon, lat}',
  'x,y,z': 'box {x, y, z}',
  'mean,deviation': '{mean, deviation}',
  'p50,p95': '{p50, p95}',
}
const smallOf = ({ properties }: Node) => small[Object.keys(properties ?? {}).join()]

function fieldsOf(path: string, node: Node): Field[] {
  if (node.properties && smallOf(node) === undefined) {
    const inner = Object.entries(node.properties).flatMap(([name, one]) =>
      fieldsOf(`${path}.${name}`, one),
    )
    const isSaid = path.includes('.') && node.description !== undefined
    return isSaid ? [fieldOf(path, node), ...inner] : inner
  }
  const inner = node.items?.properties ? fieldsOf(`${path}[]`, node.items) : []
  return [fieldOf(path, node), ...inner]
}

function fieldOf(path: string, node: Node): Field {
  return {
    path,
    type: typeOf(node),
    otherwise: JSON.stringify(defaultOf(node)) ?? '',
    range: rangeOf(node.anyOf?.find(({ type }) => type !== 'null') ?? node),
    meaning: node.description ?? (node.properties?.['lon'] ? aPlace : ''),
  }
}

const aPlace = 'By the junction that is nearest.'
const mostNamed = 6

function typeOf(node: Node): string {
  const { type, anyOf, items, properties, patternProperties } = node
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum && node.enum.length > mostNamed) return 'figures'
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(', ')
  if (anyOf) return anyOf.map(typeOf).join(' or ')
  if (items)
    return `list of ${items.properties ? 'objects' : typeOf(items).replace(/^number$/, 'numbers')}`
  if (patternProperties) return 'object by name'
  if (properties) return smallOf(node) ?? 'object'
  return (
    { boolean: 'true or false', integer: 'whole number', string: 'text' }[type ?? ''] ?? type ?? ''
  )
}

/** Of an object of many fields each field has its own. */
function defaultOf(node: Node): unknown {
  if (!node.properties) return node.default
  if (smallOf(node) === undefined) return undefined
  const inner = Object.entries(node.properties).map(([name, one]) => [name, one.default])
  const whole: object = Object.assign(Object.fromEntries(inner), node.default)
  return Object.values(whole).includes(undefined) ? undefined : whole
}

/** Longer ones would hide the table, and stand below it. */
const mostCharacters = 44

function longOnes(fields: readonly Field[]): string {
  return fields
    .filter(({ otherwise }) => otherwise.length > mostCharacters)
    .map(({ path, otherwise }) => `\`${path}\`\n\`\`\`json\n${otherwise}\n\`\`\`\n`)
    .join('\n')
    .trimEnd()
}

function rangeOf(node: Node): string {
  const { minimum, exclusiveMinimum, maximum, minItems, maxItems } = node
  const from = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`
  if (from !== undefined) return maximum === undefined ? `${from}` : `${from} to ${maximum}`
  if (maxItems === undefined) return ''
  return minItems === maxItems ? `${maxItems} entries` : `${minItems ?? 0} to ${maxItems} entries`
}

function tableOf(fields: readonly Field[]): string {
  const rows = fields.map(({ path, type, otherwise, range, meaning }) =>
    row([`\`${path}\``, type, shortened(otherwise), range, meaning]),
  )
  return [
    row(['field', 'is', 'default', 'from, to', 'what it says']),
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function shortened(otherwise: string): string {
  if (otherwise.length > mostCharacters) return 'below'
  return otherwise === '' ? '' : `\`${otherwise}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
