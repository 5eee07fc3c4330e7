// Who may import whom: the table of the architecture as data, and the judge of a module by it.
import type { Import, Module } from './tree.ts'

interface Area {
  /** A folder, or one file; the longest that fits a path is its area. */
  at: string
  /** Areas whose values it may import, beside itself. */
  may: readonly string[]
  /** Packages that it may import; any where nothing is said. Node's own count as node:. */
  packages?: readonly string[]
}

const everything = [
  'domain',
  'domain/model',
  'workflows',
  'workflows/generations.ts',
  'workflows/messages.ts',
  'activities',
  'services',
  'services/router',
  'devices',
  'devices/contract',
  'devices/bridge',
  'devices/gateway',
  'storage',
  'api',
  'workers',
  'simulations',
  'simulations/scenario',
  'simulations/commands',
  'simulations/main.ts',
  'infra',
  'bench',
  'config.ts',
]

/** Temporal's own packages may be bundled; whatever else would make a workflow depend on more than its history. */
const workflowPackages = ['@temporalio/workflow', '@temporalio/common']
const domain = ['domain', 'domain/model']
const services = ['services', 'services/router']

export const areas: readonly Area[] = [
  { at: 'domain', may: ['domain/model'], packages: [] },
  { at: 'domain/model', may: [], packages: ['typebox'] },
  {
    at: 'workflows',
    may: ['domain', 'workflows/generations.ts', 'workflows/messages.ts', 'workflows/searchable.ts'],
    packages: workflowPackages,
  },
  {
    at: 'workflows/messages.ts',
    may: ['workflows/generations.ts', 'workflows/searchable.ts'],
    packages: workflowPackages,
  },
  { at: 'workflows/generations.ts', may: [] },
  { at: 'workflows/searchable.ts', may: [], packages: workflowPackages },
  { at: 'activities', may: [...domain, ...services, 'storage', 'devices', 'devices/contract'] },
  { at: 'services', may: domain },
  { at: 'services/router', may: domain },
  { at: 'devices', may: [...domain, 'devices/contract'] },
  { at: 'devices/contract', may: domain },
  {
    at: 'devices/bridge',
    may: [...domain, 'devices', 'devices/contract', 'storage', 'workflows/messages.ts'],
  },
  { at: 'devices/gateway', may: [...domain, 'devices', 'devices/contract'] },
  { at: 'storage', may: domain },
  {
    at: 'api',
    may: [
      ...domain,
      ...services,
      'storage',
      'workflows/messages.ts',
      'devices',
      'devices/contract',
      'simulations/scenario',
    ],
  },
  { at: 'workers', may: everything.filter((area) => area !== 'api' && area !== 'bench') },
  {
    at: 'simulations',
    may: [
      ...domain,
      'services/router',
      'devices',
      'devices/contract',
      'devices/gateway',
      'simulations/scenario',
    ],
  },
  // What a planner asks for is checked at the door, before anything is kept.
  { at: 'simulations/scenario', may: domain },
  // The command line: it starts sweeps, and reads what there is to record.
  {
    at: 'simulations/commands',
    may: [
      ...domain,
      'services/router',
      'simulations',
      'simulations/scenario',
      'storage',
      'devices',
      'devices/contract',
      'workflows/messages.ts',
    ],
  },
  { at: 'simulations/main.ts', may: ['simulations', 'simulations/commands'] },
  { at: 'infra', may: [] },
  { at: 'bench', may: everything },
  { at: 'demo', may: [] },
  { at: 'test', may: [...everything, 'workflows/generations.ts', 'demo'] },
  { at: 'config.ts', may: [] },
  { at: 'jest.config.mjs', may: [] },
]

/** The processes: only what starts one reads the configuration. */
const readsConfiguration =
  /^((api|devices\/\w+)\/main|workers\/\w+|storage\/(migrate|seed)|services\/\w+\/\w+Server)\.ts$/

export function areaOf(path: string): Area | null {
  const fitting = areas.filter(({ at }) => path === at || path.startsWith(`${at}/`))
  return fitting.toSorted((one, other) => other.at.length - one.at.length)[0] ?? null
}

/** What is wrong with the imports of one module, each as a sentence. */
export function wrongImports(module: Module): string[] {
  const from = areaOf(module.path)
  if (!from) return [`${module.path} is in no area of the architecture`]
  return module.imports
    .filter((imported) => !isAllowed(from, module.path, imported))
    .map(({ target }) => `${module.path} must not import ${target}`)
}

function isAllowed(from: Area, path: string, { target, isOurs }: Import): boolean {
  if (!isOurs) return from.packages?.includes(packageOf(target)) ?? true
  const to = areaOf(target)
  if (to === null) return from.at === 'test' || from.at === 'bench'
  if (to.at === 'config.ts' && readsConfiguration.test(path)) return true
  return to.at === from.at || from.may.includes(to.at)
}

export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** What gets into the bundle of workflows that must not, with the way by which it came. */
export function strayInBundle(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const starts = modules.filter(({ path }) => areaOf(path)?.at === 'workflows')
  const ways = new Map(starts.map(({ path }) => [path, [path]]))
  const stray: string[] = []
  for (const [path, way] of ways) {
    for (const { target, isOurs } of byPath.get(path)?.imports ?? []) {
      if (ways.has(target)) continue
      const longer = [...way, target]
      if (!mayBeBundled(target, isOurs)) stray.push(longer.join(' -> '))
      // A Map goes on to what is added while it is walked.
      else if (isOurs) ways.set(target, longer)
    }
  }
  return stray
}

function mayBeBundled(target: string, isOurs: boolean): boolean {
  if (!isOurs) return workflowPackages.includes(packageOf(target))
  const at = areaOf(target)?.at ?? ''
  return at === 'domain' || at.split('/')[0] === 'workflows'
}

/** One cycle among the imports made at load time for each knot of modules that import each other. */
export function cycles(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const done = new Set<string>()
  const found: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) return void found.push([...trail.slice(start), path].join(' -> '))
    if (done.has(path)) return
    for (const { target, isDynamic } of byPath.get(path)?.imports ?? []) {
      if (!isDynamic && byPath.has(target)) walk(target, [...trail, path])
    }
    done.add(path)
  }
  for (const { path } of modules) walk(path, [])
  return found
}
