// The charts of a report, drawn as SVG when it is written: they need no script.
import type { FigureName } from '../day.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import type { Difference } from '../experiments/summary.ts'
import type { Judgement } from '../experiments/verdict.ts'
import type { Interval } from '../kernel/intervals.ts'
import { around, element, label, line, scale, svg, ticks } from './svg.ts'

const strip = { width: 260, height: 26, left: 8, right: 252, middle: 13 }

/** The days as dots, the interval as a bar: how they spread, and how well the mean is known. */
export function spreadStrip(
  name: FigureName,
  values: readonly number[],
  interval: Interval,
): string {
  const { width, height, left, right, middle } = strip
  const x = scale(around([...values, interval.low, interval.high]), [left, right])
  const dots = values
    .filter(Number.isFinite)
    .map((value) => element('circle', { cx: x(value), cy: middle, r: 2.5, class: 'dot' }))
  return svg(
    width,
    height,
    `${figureFacts[name].label}: ${figureText(name, interval.low)} to ${figureText(name, interval.high)}`,
    [
      line(left, middle, right, middle, 'axis'),
      bar(x(interval.low), x(interval.high), middle, 'first spread'),
      ...dots,
      line(x(interval.mean), middle - 8, x(interval.mean), middle + 8, 'mean'),
    ].join(''),
  )
}

/** Zero in the middle: what does not touch it is sure. */
export function differenceStrip(
  name: FigureName,
  { low, high, mean }: Difference,
  judgement: Judgement,
): string {
  const { width, height, left, right, middle } = strip
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.08 || 1
  const x = scale([-reach, reach], [left, right])
  const text = (value: number) => figureText(name, value, { signed: true })
  return svg(
    width,
    height,
    `${figureFacts[name].label}: difference ${text(low)} to ${text(high)}`,
    [
      line(left, middle, right, middle, 'axis'),
      line(x(0), 2, x(0), height - 2, 'zero'),
      bar(x(low), x(high), middle, judgement),
      line(x(mean), middle - 8, x(mean), middle + 8, 'mean'),
    ].join(''),
  )
}

function bar(from: number, to: number, middle: number, className: string): string {
  const size = { x: from, y: middle - 4, width: Math.max(1.5, to - from), height: 8, rx: 3 }
  return element('rect', { ...size, class: `bar ${className}` })
}

export interface Series {
  name: string
  values: readonly number[]
  className: string
}

const plot = { width: 560, height: 220, left: 48, right: 548, top: 12, bottom: 188 }

/** Hour by hour; hours that have no such figure are gaps, and a single hour is no line. */
export function hoursChart(title: string, series: readonly Series[], fromHour: number): string {
  const all = series.flatMap(({ values }) => values).filter(Number.isFinite)
  const hours = Math.max(0, ...series.map(({ values }) => values.length))
  if (all.length === 0 || hours < 2) return ''
  const { width, height, left, right, top, bottom } = plot
  const x = scale([0, Math.max(1, hours - 1)], [left, right])
  const [, high] = around([0, ...all])
  const y = scale([Math.min(0, ...all), high], [bottom, top])
  const marks = ticks(Math.min(0, ...all), high, 4).map(
    (value) =>
      line(left, y(value), right, y(value), 'grid') +
      label(left - 6, y(value) + 4, tick(value), 'end'),
  )
  const every = Math.ceil(hours / 9)
  const names = Array.from({ length: hours }, (_, hour) => hour)
    .filter((hour) => hour % every === 0)
    .map((hour) => below(x(hour), bottom + 18, `${(fromHour + hour) % 24} h`))
  const lines = series.map(({ values, className }) => {
    const points = values.map((value, hour) =>
      Number.isFinite(value) ? [x(hour), y(value)] : null,
    )
    return element('path', { d: pathOf(points), class: `line ${className}` })
  })
  return svg(width, height, title, [...marks, ...names, ...lines].join(''))
}

const halfLabel = 30

/** Below an axis, whose last figure would be cut off if it were centred. */
function below(x: number, y: number, text: string): string {
  return label(x, y, text, x > plot.width - halfLabel ? 'end' : 'middle')
}

function pathOf(points: readonly (readonly number[] | null)[]): string {
  return points
    .map((point, at) => {
      if (point === null) return ''
      const [x = 0, y = 0] = point
      return `${at > 0 && points[at - 1] ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}

const tick = (value: number) => Number(value.toPrecision(4)).toLocaleString('en-US')

export interface ScatterPoint {
  x: number
  y: number
  name: string
  kind: 'best' | 'front' | 'asItIs' | 'other'
}

/** Two figures of every combination; the front is drawn through those that nothing beats. */
export function scatterChart(
  [xName, yName]: readonly [FigureName, FigureName],
  points: readonly ScatterPoint[],
): string {
  const shown = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
  if (shown.length === 0) return ''
  const { width, left, right } = plot
  const [height, top, bottom] = [320, 30, 270]
  const xRange = around(shown.map((point) => point.x))
  const yRange = around(shown.map((point) => point.y))
  const [x, y] = [scale(xRange, [left + 12, right]), scale(yRange, [bottom, top])]
  const grid = [
    ...ticks(...yRange).map(
      (value) =>
        line(left + 12, y(value), right, y(value), 'grid') +
        label(left + 6, y(value) + 4, figureText(yName, value), 'end'),
    ),
    ...ticks(...xRange).map((value) => below(x(value), bottom + 18, figureText(xName, value))),
  ]
  const order = ['other', 'front', 'asItIs', 'best']
  const dots = shown
    .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
    .map(({ x: atX, y: atY, name, kind }) => {
      const title = `<title>${element('tspan', {}, name)}: ${figureText(xName, atX)}, ${figureText(yName, atY)}</title>`
      const r = kind === 'other' ? 4 : 6
      return element('circle', { cx: x(atX), cy: y(atY), r, class: `point ${kind}` }, title)
    })
  const axes = [
    label(right, bottom + 40, `${figureFacts[xName].label} →`, 'end'),
    label(left - 40, 14, `↑ ${figureFacts[yName].label}`),
  ]
  return svg(
    width,
    height,
    `${figureFacts[xName].label} and ${figureFacts[yName].label}`,
    [...grid, ...dots, ...axes].join(''),
  )
}

export interface TornadoRow {
  name: string
  ends: { value: string; difference: Difference | null }[]
}

/** From zero to the mean of each end, with its interval as a thin line. */
export function tornadoChart(figure: FigureName, rows: readonly TornadoRow[]): string {
  const all = rows.flatMap(({ ends }) =>
    ends.flatMap(({ difference }) => (difference ? [difference.low, difference.high] : [])),
  )
  const [width, left, right, rowHeight] = [560, 190, 540, 34]
  const reach = Math.max(1e-9, ...all.map(Math.abs)) * 1.35
  const x = scale([-reach, reach], [left, right])
  const height = rows.length * rowHeight + 34
  const bars = rows.flatMap(({ name, ends }, row) => {
    const middle = row * rowHeight + rowHeight / 2 + 4
    return [
      label(left - 8, middle + 4, name, 'end'),
      ...ends.map(({ value, difference }, end) => tornadoBar(x, middle, end, value, difference)),
    ]
  })
  const marks = ticks(-reach, reach, 4).map((value) =>
    label(x(value), height - 6, figureText(figure, value, { signed: true }), 'middle'),
  )
  const zero = line(x(0), 2, x(0), height - 24, 'zero')
  return svg(
    width,
    height,
    `what moves ${figureFacts[figure].label}`,
    [zero, ...bars, ...marks].join(''),
  )
}

function tornadoBar(
  x: (value: number) => number,
  middle: number,
  end: number,
  value: string,
  difference: Difference | null,
): string {
  if (difference === null) return ''
  const y = middle + (end === 0 ? -7 : 7)
  const [from, to] = [x(0), x(difference.mean)]
  const size = { x: Math.min(from, to), y: y - 5, width: Math.abs(to - from), height: 10, rx: 2 }
  const sure = difference.excludesZero ? '' : ' unsure'
  const isLeft = difference.mean < 0
  const beside = isLeft ? x(difference.low) - 5 : x(difference.high) + 5
  return [
    element('rect', { ...size, class: `bar ${end === 0 ? 'first' : 'second'}${sure}` }),
    line(x(difference.low), y, x(difference.high), y, 'whisker'),
    label(beside, y + 4, value, isLeft ? 'end' : 'start'),
  ].join('')
}
