// The part of a report that tells of one scenario: its figures with their intervals, and how its hours go by.
import { type FigureName, figureNames } from '../day.ts'
import type { BriefDay } from '../experiments/experiment.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import type { KeptResult } from '../experiments/resultFolder.ts'
import { hoursChart, type Series, spreadStrip } from './charts.ts'
import type { Sections } from './page.ts'
import { escaped } from './svg.ts'

type Kept = Extract<KeptResult, { kind: 'run' }>

export function runSections(result: Kept): Sections {
  const { scenario, days, design, warmUpHours, intervals, reached } = result
  const rows = figureNames.map((name) => {
    const interval = intervals[name]
    const label = `<td>${escaped(figureFacts[name].label)}</td>`
    if (interval === null)
      return `<tr>${label}<td class="figure soft" colspan="3">no day has it</td></tr>`
    const { mean, low, high } = interval
    const values = days.map(({ figures }) => figures[name] ?? Number.NaN)
    return `<tr>${label}<td class="figure">${figureText(name, mean)}</td>
<td class="figure soft">${figureText(name, low)} to ${figureText(name, high)}</td><td>${spreadStrip(name, values, interval)}</td></tr>`
  })
  const warmUp = warmUpHours === 0 ? '' : `, without the first ${warmUpHours} h`
  const short = reached
    ? ''
    : '<p class="worse">A half-width that was asked for was not reached.</p>'
  return {
    title: scenario.name,
    about: `${days.length} days from seed ${design.seed}${warmUp}. Scenario ${scenario.hash.slice(0, 16)}.`,
    body: `<section class="card"><h2>Figures</h2>${short}
<table><tr><th>figure</th><th class="figure">mean</th><th class="figure">${levelText(design.level)} interval</th><th>days, and how well the mean is known</th></tr>
${rows.join('\n')}</table></section>
${hoursSection([{ days, className: 'first', name: scenario.name }], fromHourOf(scenario.document))}`,
  }
}

export const levelText = (level: number) => `${Math.round(level * 1000) / 10} %`

export function fromHourOf(document: Readonly<Record<string, unknown>>): number {
  const { fromHour = 0 }: { fromHour?: number } = Object(document['hours'])
  return Math.floor(fromHour)
}

export interface HoursSide {
  days: readonly BriefDay[]
  name: string
  className: string
}

const shownByHour: readonly FigureName[] = [
  'ordersPlaced',
  'minutesToBuyerP50',
  'latenessMinutesMean',
  'machineUtilisationShare',
]

export function hoursSection(sides: readonly HoursSide[], fromHour: number): string {
  const charts = shownByHour.flatMap((name) => {
    const series = sides.map(({ days, name: side, className }): Series => {
      const factor = figureFacts[name].unit === 'share' ? 100 : 1
      const values = hourlyMeans(days, name).map((value) => value * factor)
      return { name: side, className, values }
    })
    const unit =
      figureFacts[name].unit === 'share'
        ? ', %'
        : figureFacts[name].unit === 'minutes'
          ? ', min'
          : ''
    const chart = hoursChart(figureFacts[name].label, series, fromHour)
    return chart === ''
      ? []
      : [`<div class="card"><h3>${figureFacts[name].label}${unit}</h3>${chart}</div>`]
  })
  if (charts.length === 0) return ''
  const keys = sides.map(
    ({ name, className }) => `<span class="key ${className}"></span>${escaped(name)}`,
  )
  const legend = sides.length > 1 ? `<p class="soft">${keys.join(' ')}</p>` : ''
  return `<section><h2>Hour by hour, mean of the days</h2>${legend}<div class="columns">${charts.join('\n')}</div></section>`
}

/** Over the days that have the figure in that hour. */
function hourlyMeans(days: readonly BriefDay[], name: FigureName): number[] {
  const hours = Math.max(0, ...days.map(({ hourly }) => hourly.length))
  return Array.from({ length: hours }, (_, hour) => {
    const values = days
      .map(({ hourly }) => hourly[hour]?.[name] ?? Number.NaN)
      .filter(Number.isFinite)
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
}
