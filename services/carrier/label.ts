// What stands on a parcel's label, 4 by 6 inches: from, to, service, weight, reference, and the number as bars.
import { barsOf } from './code128.ts'
import type { ParcelOrder } from './carriers.ts'
import { type Box, type Text, writePdf } from './pdf.ts'

const width = 288
const height = 432
const margin = 18
const charactersPerLine = 30

export interface LabelFacts extends Omit<ParcelOrder, 'key'> {
  carrier: string
  number: string
}

export function labelPdf(label: LabelFacts): Buffer {
  const { carrier, number, service, reference, grams, from, to } = label
  const kilograms = (grams / 1_000).toFixed(2)
  return writePdf({
    widthPoints: width,
    heightPoints: height,
    title: `Parcel ${number}`,
    texts: [
      at(400, 18, `${carrier} ${service}`.toUpperCase(), true),
      at(374, 8, 'FROM'),
      ...block([from.name, from.address], 362, 9),
      at(316, 8, 'TO'),
      ...block([to.name, to.address], 296, 15),
      at(176, 9, `Weight ${kilograms} kg`),
      at(162, 9, `Reference ${reference}`.slice(0, 52)),
      at(40, 14, spaced(number), true),
    ],
    boxes: [line(388), line(328), line(192), line(148), ...bars(number)],
  })
}

function at(y: number, size: number, text: string, bold = false): Text {
  return { x: margin, y, size, text, bold }
}

/** Each text on as many lines as it needs, the first text bold. */
function block(texts: readonly string[], top: number, size: number): Text[] {
  const perLine = Math.floor((charactersPerLine * 15) / size)
  const lines = texts.flatMap((text, index) =>
    wrapped(text, perLine).map((part) => ({ text: part, bold: index === 0 })),
  )
  return lines
    .slice(0, 6)
    .map(({ text, bold }, index) => ({ x: margin, y: top - index * size * 1.2, size, text, bold }))
}

function wrapped(text: string, perLine: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= perLine) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.map((each) => each.slice(0, perLine))
}

const line = (y: number): Box => ({ x: margin, y, width: width - 2 * margin, height: 0.8 })

/** As wide as the label allows, with the quiet zone of ten modules that readers need at both sides. */
function bars(number: string): Box[] {
  const widths = barsOf(number)
  const modules = widths.reduce((sum, module) => sum + module, 0)
  const module = (width - 2 * margin) / (modules + 20)
  const boxes: Box[] = []
  let x = margin + 10 * module
  for (const [index, count] of widths.entries()) {
    if (index % 2 === 0) boxes.push({ x, y: 60, width: count * module, height: 76 })
    x += count * module
  }
  return boxes
}

const spaced = (number: string) => number.replace(/^(..)(...)(...)(...)(..)$/, '$1 $2 $3 $4 $5')
