// Writes a PDF of one page with texts, lines and bars: all that a label needs.

export interface Text {
  x: number
  /** Of the baseline, from the bottom. */
  y: number
  size: number
  text: string
  bold?: boolean
}

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Page {
  widthPoints: number
  heightPoints: number
  title: string
  texts: readonly Text[]
  boxes: readonly Box[]
}

export function writePdf({ widthPoints, heightPoints, title, texts, boxes }: Page): Buffer {
  const drawn = [
    ...boxes.map(
      ({ x, y, width, height }) => `${[x, y, width, height].map(figure).join(' ')} re f`,
    ),
    ...texts.map(
      ({ x, y, size, text, bold = false }) =>
        `BT /F${bold ? 2 : 1} ${size} Tf ${figure(x)} ${figure(y)} Td ${literal(text)} Tj ET`,
    ),
  ].join('\n')
  return assembled([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${widthPoints} ${heightPoints}] /Contents 4 0 R ` +
      '/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${Buffer.byteLength(drawn, 'latin1')} >>\nstream\n${drawn}\nendstream`,
    font('Helvetica'),
    font('Helvetica-Bold'),
    `<< /Title ${literal(title)} /Producer (Fabroute) >>`,
  ])
}

const font = (name: string) =>
  `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`

/** Objects numbered from 1, the table of where each begins, and where the table begins. */
function assembled(objects: readonly string[]): Buffer {
  let text = '%PDF-1.4\n'
  const starts: number[] = []
  for (const [index, object] of objects.entries()) {
    starts.push(Buffer.byteLength(text, 'latin1'))
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const tableAt = Buffer.byteLength(text, 'latin1')
  const rows = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`)
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join('')}`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>\n`
  return Buffer.from(`${text}startxref\n${tableAt}\n%%EOF\n`, 'latin1')
}

const figure = (value: number) => String(Math.round(value * 100) / 100)

/** The fonts that every reader has know Western letters: others lose their accents, or stand as a question mark. */
function literal(text: string): string {
  const known = Array.from(text, (character) =>
    isLatin1(character) ? character : (others[character] ?? bare(character)),
  )
  const printable = known.map((part) =>
    Array.from(part, (one) => (isLatin1(one) ? one : '?')).join(''),
  )
  return `(${printable.join('').replaceAll(/[\\()]/g, String.raw`\$&`)})`
}

/** Letters that are no other letter with an accent. */
const others: Record<string, string> = {
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  Œ: 'OE',
  œ: 'oe',
  ı: 'i',
  '’': "'",
}

const bare = (character: string) => character.normalize('NFKD').replaceAll(/\p{M}/gu, '')

const isLatin1 = (character: string) => /^[\x20-\x7e\xa0-\xff]$/.test(character)
