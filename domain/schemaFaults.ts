// Says what is wrong with a document by its schema, once for each place: what a validator finds is meant for programs.

/** What JSON Schema validators report, as far as it is needed here. */
export interface SchemaError {
  keyword: string
  instancePath: string
  schemaPath: string
  params: Record<string, unknown>
  message?: string
}

export interface Fault {
  /** A JSON pointer to what is wrong, missing or too much. */
  path: string
  message: string
}

/** A large document can be wrong a hundred thousand times; nobody reads on. */
const mostJudged = 500

export function faultsOf(found: readonly SchemaError[]): Fault[] {
  return causes(found.slice(0, mostJudged)).map(faultOf)
}

interface Cause extends SchemaError {
  /** What a value may be, where it is one of a few words. */
  choices?: readonly unknown[]
}

/**
 * A union that nothing fits reports every branch, then itself. What was meant is the branch with the least
 * against it: that one is told, or all choices where each branch is one word.
 */
function causes(found: readonly SchemaError[]): Cause[] {
  const told = new Set<Cause>(found)
  for (const union of found.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = Map.groupBy(
      [...told].filter((error) => isWithin(error, union)),
      ({ schemaPath }) => schemaPath.slice(union.schemaPath.length + 1).split('/')[0],
    )
    if (branches.size === 0) continue
    told.delete(union)
    for (const error of [...branches.values()].flat()) told.delete(error)
    for (const error of meant(union, [...branches.values()])) told.add(error)
  }
  return [...told]
}

function isWithin({ schemaPath, instancePath }: SchemaError, union: SchemaError): boolean {
  const at = union.instancePath
  return (
    schemaPath.startsWith(`${union.schemaPath}/`) &&
    (instancePath === at || instancePath.startsWith(`${at}/`))
  )
}

function meant(
  union: SchemaError,
  branches: readonly (readonly SchemaError[])[],
): readonly Cause[] {
  const only = branches.map((errors) => {
    const isFlat = errors.every(({ instancePath }) => instancePath === union.instancePath)
    return isFlat ? (errors.find(({ keyword }) => keyword === 'const') ?? errors[0]) : null
  })
  if (only.every((error) => error?.keyword === 'const')) {
    return [{ ...union, choices: only.map((error) => error?.params['allowedValue']) }]
  }
  if (only.every((error) => error?.keyword === 'type')) {
    const type = only.map((error) => error?.params['type'])
    return [{ ...union, keyword: 'type', params: { type } }]
  }
  // What is of another type altogether was not meant.
  const isOther = ({ keyword, instancePath }: SchemaError) =>
    keyword === 'type' && instancePath === union.instancePath
  const near = branches.filter((errors) => !errors.some(isOther))
  return (near.length > 0 ? near : branches).toSorted((a, b) => a.length - b.length)[0] ?? []
}

const mostOfName = 80

function faultOf(error: Cause): Fault {
  const { params, instancePath } = error
  const { missingProperty, additionalProperty } = params
  if (typeof missingProperty === 'string') {
    return { path: `${instancePath}/${escaped(missingProperty)}`, message: 'is missing' }
  }
  if (typeof additionalProperty === 'string') {
    const name = escaped(additionalProperty.slice(0, mostOfName))
    return { path: `${instancePath}/${name}`, message: 'is not expected here' }
  }
  return { path: instancePath, message: sentence(error) }
}

function sentence({ choices, keyword, params, message = 'is not valid' }: Cause): string {
  const allowed = choices ?? params['allowedValues']
  if (Array.isArray(allowed)) return `must be one of ${allowed.join(', ')}`
  if ('allowedValue' in params) return `must be ${JSON.stringify(params['allowedValue'])}`
  if (keyword !== 'type') return message
  return `must be ${[params['type']].flat().map(withArticle).join(' or ')}`
}

function withArticle(type: unknown): string {
  if (type === 'null') return 'null'
  return `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${String(type)}`
}

/** A name as it stands in a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
