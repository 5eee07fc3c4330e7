// What the demo draws: in place on a terminal, line by line elsewhere, and tables whose sums can be trusted.
import { expect, test } from '@jest/globals'
import { eventsIn, mailsIn, type LedgerTransaction } from '../../demo/client.ts'
import { bar, ledgerTable, openScreen, price, sentenceOf, sumsByUnit } from '../../demo/show.ts'
import { table } from '../../demo/show.ts'

function written(isTTY: boolean) {
  const texts: string[] = []
  const screen = openScreen({ isTTY, columns: 20, write: (text) => texts.push(text) })
  return { screen, texts }
}
const job = (text: string, news: string) => ({ id: 'job', text, news })

test('a terminal redraws how things stand below what happened', () => {
  const { screen, texts } = written(true)
  screen.standings([job('10 %', 'a'), { ...job('at home', 'b'), id: 'truck' }])
  screen.say('planned')
  expect(texts).toEqual(['10 %\nat home\n', '\u001B[2F\u001B[Jplanned\n10 %\nat home\n'])
})

test('a terminal cuts lines that would wrap, since it could not erase them', () => {
  const { screen, texts } = written(true)
  screen.standings([job('x'.repeat(50), 'a')])
  expect(texts[0]).toHaveLength(20)
})

test('a log says how things stand once for each piece of news, without control characters', () => {
  const { screen, texts } = written(false)
  for (const percent of [10, 15, 20, 25]) {
    screen.standings([job(`${percent} %`, String(Math.floor(percent / 20)))])
  }
  screen.say('made')
  expect(texts).toEqual(['10 %\n', '20 %\n', 'made\n'])
})

test('a table has its figures on the right', () => {
  expect(
    table(
      ['name', 'minutes'],
      [
        ['van', '9 min'],
        ['truck', '12 min'],
      ],
    ).split('\n'),
  ).toEqual(['  name   minutes', '  -----  -------', '  van      9 min', '  truck   12 min'])
})

test.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [1, '████'],
  [1.2, '████'],
])('the bar of %f is %s', (share, drawn) => expect(bar(share, 4)).toBe(drawn))

test('money is shown in the minor units of its currency', () => {
  expect(price({ amount: '1299', currency: 'USD' })).toBe('$12.99')
  expect(price({ amount: '1299', currency: 'JPY' })).toBe('¥1,299')
})

test('postings are summed by unit, so that uses of a licence do not hide missing cents', () => {
  const posting = { book: 'money', account: 'order/ord_1/held' }
  const transaction: LedgerTransaction = {
    description: 'Payment held',
    postings: [
      { ...posting, unit: 'USD', amount: '-500' },
      { ...posting, unit: 'USD', amount: '499' },
      { ...posting, unit: 'lic_1', amount: '1' },
    ],
  }
  expect([...sumsByUnit([transaction])]).toEqual([
    ['USD', -1n],
    ['lic_1', 1n],
  ])
  expect(ledgerTable([transaction], 'ord_1')).toContain('order/this/held')
})

test('an event that the demo does not know is shown by its type', () => {
  const event = { type: 'fulfilment.painted', timestamp: '', sequence: 1, data: {} }
  expect(sentenceOf(event, (id) => id ?? '')).toBe('fulfilment.painted')
})

test('of a stream that breaks off, the whole events are read and the broken one is not', async () => {
  const text = `retry: 1000\n\n${frame(1)}: still here\n\n${frame(2)}${frame(3).slice(0, -2)}`
  const chunks = text.match(/[\s\S]{1,7}/g) ?? []
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.error(new TypeError('terminated'))
      else controller.enqueue(new TextEncoder().encode(chunk))
    },
  })
  const sequences: number[] = []
  for await (const { sequence } of eventsIn(body)) sequences.push(sequence)
  expect(sequences).toEqual([1, 2])
})

test('mails are read from the page of the inbox, the oldest first', () => {
  expect(mailsIn(`<main>${mail('new')}\n${mail('old')}</main>`)).toEqual([
    { subject: 'old', text: 'for <old>' },
    { subject: 'new', text: 'for <new>' },
  ])
})

const frame = (sequence: number) => `id: ${sequence}\nevent: x\ndata: {"sequence":${sequence}}\n\n`

const mail = (subject: string) =>
  `<article>\n<h2>${subject}</h2>\n<p class="meta">to x</p>\n<pre>for &lt;${subject}&gt;</pre></article>`
