// The few pieces that charts are drawn from, as text; colours come from the page, so that they follow its theme.

export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
}

type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`,
  )
  return `<${name}${written.join('')}>${content}</${name}>`
}

export function svg(width: number, height: number, title: string, content: string): string {
  const viewBox = `0 0 ${width} ${height}`
  return element('svg', { viewBox, role: 'img', 'aria-label': title, class: 'chart' }, content)
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return element('line', { x1, y1, x2, y2, class: className })
}

export function label(
  x: number,
  y: number,
  text: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return element('text', { x, y, 'text-anchor': anchor }, escaped(text))
}

export const rounded = (value: number) => Math.round(value * 100) / 100

/** From a figure to its place on the paper. */
export function scale(
  [from, to]: readonly [number, number],
  [left, right]: readonly [number, number],
): (value: number) => number {
  const span = to - from || 1
  return (value) => left + ((value - from) / span) * (right - left)
}

/** Round figures within a range: what stands at an axis. */
export function ticks(from: number, to: number, about = 5): number[] {
  const rough = (to - from) / about || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough) ?? rough
  const count = Math.floor((to - Math.ceil(from / step) * step) / step + 1e-9) + 1
  return Array.from({ length: Math.max(0, count) }, (_, at) => {
    return Number(((Math.ceil(from / step) + at) * step).toPrecision(12))
  })
}

/** A range with some air around all values; never empty. */
export function around(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const air = (high - low || Math.abs(high) || 1) * 0.06
  return [low - air, high + air]
}
