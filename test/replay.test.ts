// Every recorded history replays with the workflows as they are; workflows that broke their promise are found out.
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from '../infra/programs.ts'
import { bundleWorkflows } from '../workers/bundle.ts'
import { testDir } from './support/platform.ts'

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
  },
})

const dir = join(import.meta.dirname, 'histories')
const names = readdirSync(dir).filter((name) => name.endsWith('.json'))
const textOf = (name: string) => readFileSync(join(dir, name), 'utf8')

test('each story is there of the order, the fulfilment and, where parts had one, the job', () => {
  const stories = [
    'bookedLocally',
    'cancelledWhileMaking',
    'chosenTruck',
    'happyCarrier',
    'happyPickup',
    'happyTruck',
    'madeAgain',
    'parcelRepaired',
    'partRepaired',
    'paymentRepaired',
  ]
  const inside = ['partsCancelled', 'partsInside', 'partsMadeAgain', 'partsRepaired']
  const expected = [
    ...stories.flatMap((story) => filesOf(story, ['fulfilment', 'job', 'order'])),
    ...inside.flatMap((story) => filesOf(story, ['fulfilment', 'order'])),
  ]
  const dispatcher = 'chosenTruck.dispatcher.json'
  expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual(
    [...expected, dispatcher].toSorted((a, b) => a.localeCompare(b)),
  )
})

const filesOf = (story: string, workflows: readonly string[]) =>
  workflows.map((workflow) => `${story}.${workflow}.json`)

describe('the present workflows', () => {
  let bundle: WorkflowBundle
  beforeAll(async () => {
    bundle = await bundleWorkflows()
  })

  test.each(names)('replay %s', async (name) => {
    expect(await replay(bundle, [name])).toEqual([])
  })
})

describe('a change that running workflows would not survive fails:', () => {
  test.each([
    ['two steps in another order', 'order.ts', swapFirstSteps, /\.order$/],
    [
      'a step left out',
      'delivery/pickup.ts',
      without('local.announceReady'),
      /^(happyPickup|bookedLocally|partsInside)\.ful/,
    ],
    [
      'a child under another id',
      'order.ts',
      exchanging('workflowIds.fulfilment(planned.fulfilmentId)', "'fulfilment/other'"),
      /\.order$/,
    ],
    [
      'making under another activity id',
      'messages.ts',
      exchanging('make-${jobId}', 'make${jobId}'),
      /^parts\w+\.ful/,
    ],
    [
      'making in a job under another activity id',
      'messages.ts',
      exchanging('make-${attempt}', 'make${attempt}'),
      /\.job$/,
    ],
    [
      'parts in children after all',
      'generations.ts',
      exchanging('partsInside = 2', 'partsInside = 3'),
      /^parts\w+\.ful/,
    ],
    [
      'a dispatcher that sleeps before it decides',
      'dispatcher.ts',
      exchanging('await condition(() => waiting.size > 0)', "await condition(() => false, '1 s')"),
      /\.dispatcher$/,
    ],
  ])('%s', async (_what, file, edit, failing) => {
    const failed = await replay(await editedBundle(file, edit), names)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.filter((name) => !failing.test(name))).toEqual([])
  })
})

test('histories hold ids, codes and figures, and nothing personal', () => {
  const payloads = names.flatMap((name) => payloadsIn(JSON.parse(textOf(name))))
  expect(payloads.length).toBeGreaterThan(100)
  const keys = new Set(payloads.flatMap(keysIn))
  expect([...keys].filter((key) => personal.test(key))).toEqual([])
  const texts = payloads.map((payload) => JSON.stringify(payload))
  expect(texts.filter((text) => /@|evergreen|homer|olga|\b3?9\.8\d|-89\.6/i.test(text))).toEqual([])
})

const personal = /name|mail|address|label|phone|lat|lon|destination|code$/i

/** The names, without their ending, of those that do not replay. */
async function replay(workflowBundle: WorkflowBundle, of: readonly string[]): Promise<string[]> {
  const histories = of.map((name) => ({
    workflowId: name.replace('.json', ''),
    history: JSON.parse(textOf(name)),
  }))
  const failed = []
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle },
    histories,
  )) {
    if (error) failed.push(workflowId)
  }
  return failed
}

type Edit = (source: string) => string

/** A copy of the workflows in which one file was changed, bundled. */
async function editedBundle(file: string, edit: Edit): Promise<WorkflowBundle> {
  const copy = testDir('workflows')
  for (const part of ['workflows', 'domain']) {
    cpSync(join(projectDir, part), join(copy, part), { recursive: true })
  }
  const path = join(copy, 'workflows', file)
  const source = readFileSync(path, 'utf8')
  const edited = edit(source)
  expect(edited).not.toBe(source)
  writeFileSync(path, edited)
  const bundle = await bundleWorkflows(join(copy, 'workflows/index.ts'))
  rmSync(copy, { recursive: true })
  return bundle
}

function swapFirstSteps(source: string): string {
  const [first = '', second = ''] =
    source.match(/ {2}await desk\.step\(\{\n.*?\n {2}\}\)\n/gs) ?? []
  return source.replace(first + second, second + first)
}

function without(call: string): Edit {
  return (source) => source.replace(new RegExp(`\\n.*${call}.*`), '')
}

function exchanging(found: string, other: string): Edit {
  return (source) => source.replace(found, other)
}

/** All payloads of a history, decoded. */
function payloadsIn(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return []
  if ('data' in node && 'metadata' in node && typeof node.data === 'string') {
    return [JSON.parse(Buffer.from(node.data, 'base64').toString())]
  }
  return Object.values(node).flatMap(payloadsIn)
}

function keysIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const own = Array.isArray(node) ? [] : Object.keys(node)
  return [...own, ...Object.values(node).flatMap(keysIn)]
}
