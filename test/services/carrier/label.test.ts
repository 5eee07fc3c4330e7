// A label is a PDF that readers can open, with every word of the address and a barcode that scanners can read.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { barsOf } from '../../../services/carrier/code128.ts'
import { labelPdf } from '../../../services/carrier/label.ts'
import { parcel } from './carrierContract.ts'

const label = (name: string, address = '742 Evergreen Terrace') =>
  labelPdf({
    ...parcel({ to: { ...parcel().to, name, address } }),
    carrier: 'fabpost',
    number: 'FP123456785US',
  }).toString('latin1')

/** The texts that the page shows, in order. */
const shown = (pdf: string) =>
  [...pdf.matchAll(/\(((?:\\.|[^()\\])*)\) Tj/g)].map(([, text = '']) => text.replaceAll('\\', ''))

test('each object stands where the table of the file says', () => {
  const pdf = label('Homer (J.) Simpson \\ family')
  const tableAt = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1])
  expect(pdf.slice(tableAt, tableAt + 4)).toBe('xref')
  const rows = [...pdf.slice(tableAt).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, at]) => Number(at))
  expect(rows).toHaveLength(7)
  for (const [index, at] of rows.entries()) {
    expect(pdf.slice(at, at + 7)).toBe(`${index + 1} 0 obj`)
  }
  const [, length, stream = ''] = /<< \/Length (\d+) >>\nstream\n(.*?)\nendstream/s.exec(pdf) ?? []
  expect(stream).toHaveLength(Number(length))
  expect(shown(pdf)).toContain('Homer (J.) Simpson  family')
})

test('no word of a name or an address is lost, however they are wrapped', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}$/)
  const words = fc.array(word, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(words, words, (name, address) => {
      const texts = shown(label(name.join(' '), address.join(' ')))
      const to = texts.slice(
        texts.indexOf('TO') + 1,
        texts.findIndex((text) => text.startsWith('Weight')),
      )
      expect(to.join(' ').split(' ')).toEqual([...name, ...address])
    }),
  )
})

test('letters that the fonts do not have lose their accents, never their place', () => {
  expect(shown(label('Łukasz Çelik-Åström', 'Třída 9'))).toEqual(
    expect.arrayContaining(['Lukasz Çelik-Åström', 'Trída 9']),
  )
})

test('bars: eleven modules a symbol, thirteen to stop, as many dark ones as scanners count on', () => {
  const text = fc.stringMatching(/^[ -~]{1,20}$/)
  fc.assert(
    fc.property(text, (said) => {
      const widths = barsOf(said)
      const stop = widths.splice(-7)
      expect(stop.reduce((sum, width) => sum + width, 0)).toBe(13)
      expect(widths).toHaveLength((said.length + 2) * 6)
      for (let at = 0; at < widths.length; at += 6) {
        const symbol = widths.slice(at, at + 6)
        expect(symbol.reduce((sum, width) => sum + width, 0)).toBe(11)
        const dark = symbol.filter((_, index) => index % 2 === 0)
        expect(dark.reduce((sum, width) => sum + width, 0) % 2).toBe(0)
      }
    }),
  )
  // Start B, A, the check symbol, stop: what a scanner has read from a page.
  expect(barsOf('A').join('')).toBe(['211214', '111323', '131123', '2331112'].join(''))
  expect(() => barsOf('é')).toThrow(RangeError)
})

test('different texts have different bars', () => {
  const text = fc.stringMatching(/^[ -~]{1,10}$/)
  fc.assert(
    fc.property(text, text, (one, other) => {
      fc.pre(one !== other)
      expect(barsOf(one)).not.toEqual(barsOf(other))
    }),
  )
})
