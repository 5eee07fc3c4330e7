// The project's own files, and what each module of them imports when it runs: what the tests of the house look at.
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { parse, type AnyNode, type Program } from 'acorn'

const root = join(import.meta.dirname, '../..')

/** Paths from the root, of all but what .gitignore names. */
export function projectFiles(): string[] {
  const ignored = readText('.gitignore').split('\n').filter(Boolean)
  const outside = new Set([...ignored.map((pattern) => pattern.replaceAll('/', '')), '.git'])
  return filesBelow('.', outside).toSorted()
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export interface Module {
  path: string
  /** What it needs to run: types are gone. */
  imports: Import[]
  hasDefaultExport: boolean
  /** All it does is hand on the exports of others. */
  isBarrel: boolean
  functions: FunctionSpan[]
}

export interface Import {
  /** A path from the root, or the specifier where it is not one of our files. */
  target: string
  isOurs: boolean
  /** import() happens while running, and starts no cycle. */
  isDynamic: boolean
}

export interface FunctionSpan {
  firstLine: number
  /** From its first line to its last, without the functions that are written inside it. */
  ownLines: number
}

export function isModule(path: string): boolean {
  return /\.(?:ts|mjs)$/.test(path)
}

export function readModule(path: string, source = readText(path)): Module {
  const program = parsed(path, source)
  const nodes = [...walk(program)]
  const exported = program.body.filter(({ type }) => type.startsWith('Export'))
  const handsOn = program.body.every((node) => {
    return node.type === 'ImportDeclaration' || ('source' in node && node.source)
  })
  return {
    path,
    imports: nodes.flatMap((node) => importOf(node, path)),
    hasDefaultExport: exported.some(exportsDefault),
    isBarrel: exported.length > 0 && handsOn,
    functions: nodes.filter(isFunction).map(spanOf),
  }
}

/** Types are stripped as Node does it, which leaves every line where it was. */
function parsed(path: string, source: string): Program {
  try {
    const code = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} is not plain JavaScript once its types are gone: ${why}`, {
      cause: error,
    })
  }
}

function* walk(node: AnyNode): Generator<AnyNode> {
  yield node
  for (const child of Object.values(node).flat()) {
    if (isNode(child)) yield* walk(child)
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function importOf(node: AnyNode, path: string): Import[] {
  const specifier = 'source' in node && node.source?.type === 'Literal' ? node.source.value : null
  // A computed import() stays out of sight.
  if (typeof specifier !== 'string') return []
  const isOurs = specifier.startsWith('.')
  const target = isOurs ? normalize(join(dirname(path), specifier)) : specifier
  return [{ target, isOurs, isDynamic: node.type === 'ImportExpression' }]
}

function exportsDefault(node: AnyNode): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  if (node.type !== 'ExportNamedDeclaration') return false
  return node.specifiers.some(({ exported }) => {
    return 'name' in exported && exported.name === 'default'
  })
}

function isFunction({ type }: AnyNode): boolean {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type)
}

function spanOf(node: AnyNode): FunctionSpan {
  const inside = outermostFunctions(node)
  const ownLines = lineCount(node) - inside.reduce((sum, one) => sum + lineCount(one) - 1, 0)
  return { firstLine: node.loc?.start.line ?? 0, ownLines }
}

function outermostFunctions(node: AnyNode): AnyNode[] {
  const children = Object.values(node).flat().filter(isNode)
  return children.flatMap((child) => (isFunction(child) ? [child] : outermostFunctions(child)))
}

function lineCount({ loc }: AnyNode): number {
  return loc ? loc.end.line - loc.start.line + 1 : 0
}

function filesBelow(folder: string, outside: Set<string>): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (outside.has(entry.name)) return []
    const path = normalize(join(folder, entry.name))
    return entry.isDirectory() ? filesBelow(path, outside) : [path]
  })
}
