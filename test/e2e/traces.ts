// What all of it left behind: words that an operator understands, and nothing that only the buyer may know.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { collect, order, secrets } from './buyer.ts'
import { handleOf, metadata, workflowsOf } from './operator.ts'
import { town } from './town.ts'

test('order and fulfilment say in plain words what they are, and can be searched', async () => {
  const settled = await collect(await order({ item: 'itm_wall_hook', method: 'pickup' }))
  const workflowIds = workflowsOf(settled)
  const summaries = await Promise.all(workflowIds.map(summaryOf))
  expect(summaries).toEqual([
    `Order ${settled.id}: Wall hook`,
    'Make one part and hand it out at lockers',
  ])
  // Its status is in the database a moment before its workflow says so.
  await handleOf(`order/${settled.id}`).result()
  const about = await handleOf(`order/${settled.id}`).describe()
  expect(await about.staticDetails()).toMatch(/^- 1 × Wall hook \(`itm_wall_hook`\) by pickup/)
  expect(about.searchAttributes).toMatchObject({ OrderStatus: ['settled'], Stage: ['settled'] })
  const words = await Promise.all(workflowIds.map(metadata))
  expect(words.map(({ currentDetails }) => currentDetails)).toEqual([
    expect.stringContaining('**Order: Delivered, paid, and everyone who was owed is paid**'),
    expect.stringMatching(
      /^\*\*Fulfilment: The buyer has it\*\*.+`job_\w+`: Made on mac_\w+ and taken off the plate/s,
    ),
  ])
  const updates = words[0]!.definition.updateDefinitions
  expect(updates.map(({ name }) => name).toSorted()).toEqual([
    'cancelOrder',
    'chooseDelivery',
    'resolveAttention',
  ])
  for (const { description } of updates) expect(description).toMatch(/\{.+\}/)
})

const summaryOf = async (workflowId: string) =>
  await (await handleOf(workflowId).describe()).staticSummary()

test('no history holds a name, an address, an access code or a token of a buyer', async () => {
  const told: string[] = []
  let count = 0
  for await (const { workflowId } of town().temporal.workflow.list()) {
    const history = textOf(await handleOf(workflowId).fetchHistory())
    const { currentDetails } = await metadata(workflowId)
    told.push(...found(`${history}\n${currentDetails}`).map((word) => `${workflowId}: ${word}`))
    count += 1
  }
  expect(count).toBeGreaterThan(30)
  expect(told).toEqual([])
})

test('no log and no event holds them either', async () => {
  const logs = join(town().dir, 'logs')
  const told = readdirSync(logs).flatMap((name) =>
    found(readFileSync(join(logs, name), 'utf8')).map((word) => `${name}: ${word}`),
  )
  const events = await town().sql<{ text: string }>('select data::text as text from event')
  expect([...told, ...events.flatMap(({ text }) => found(text))]).toEqual([])
})

const found = (text: string) => [...secrets].filter((secret) => holds(text, secret))

/** Six digits of a code may stand in an id, a time or a fraction by chance; as a word of its own they may not. */
function holds(text: string, secret: string): boolean {
  if (!/^\d+$/.test(secret)) return text.includes(secret)
  return new RegExp(`(?<![\\w-]|\\d\\.)${secret}(?![\\w-]|\\.\\d)`).test(text)
}

/** Everything in a history as text: payloads are bytes in it. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, each]) => `${name} ${textOf(each)}`)
    .join('\n')
}
