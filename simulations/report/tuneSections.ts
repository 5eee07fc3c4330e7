// The part of a report that tells of a sweep: the best, the front, what each parameter moves, and every combination.
import type { FigureName } from '../day.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import { labelsOf, objectiveInWords } from '../experiments/tunePlan.ts'
import type { TunedPoint, TuneResult } from '../experiments/tuneResult.ts'
import { scatterChart, type ScatterPoint, tornadoChart } from './charts.ts'
import type { Sections } from './page.ts'
import { escaped } from './svg.ts'

export function tuneSections(result: TuneResult): Sections {
  const { scenario, points, best, plan, tornado } = result
  const { front: figures, method, parameters } = plan.space
  const label = labelsOf(plan.space)
  const days = points.reduce((sum, point) => sum + point.days, 0)
  const tornadoes = figures.map((figure) => {
    const rows = tornado.map(({ parameter, ends }) => ({
      name: label(parameter),
      ends: ends.map(({ value, differences }) => ({
        value: String(value),
        difference: differences[figure],
      })),
    }))
    return `<div class="card"><h3>${figureFacts[figure].label}</h3>${tornadoChart(figure, rows)}</div>`
  })
  return {
    title: `Tuning ${scenario.name}`,
    about: `${points.length} combinations of ${Object.keys(parameters).length} parameters (${method}), ${days} days from seed ${plan.seed}. Scenario ${scenario.hash.slice(0, 16)}.`,
    body: `<section class="card verdict"><p>${escaped(bestInWords(result))}</p><p class="soft">The objective, of which less is better: ${escaped(objectiveInWords(plan.space))}.</p></section>
<section><h2>What is traded</h2>
<p class="soft"><span class="key best"></span>best by the objective<span class="key front"></span>on the front: nothing beats it in all of these<span class="key asItIs"></span>as it is<span class="key"></span>others</p>
<div class="columns">${pairsOf(figures)
      .map((pair) => `<div class="card">${scatterChart(pair, scatterOf(result, pair))}</div>`)
      .join('\n')}</div></section>
<section><h2>What each parameter moves by itself</h2>
<p class="soft">From the scenario as it is, all others unchanged: <span class="key first"></span>to its least<span class="key second"></span>to its most. Thin lines are intervals; what is faint may be nothing.</p>
<div class="columns">${tornadoes.join('\n')}</div></section>
<section class="card"><h2>Combinations</h2>${pointsTable(result, points[best]!)}</section>`,
  }
}

function bestInWords({ points, best, plan }: TuneResult): string {
  const point = points[best]!
  if (best === 0) return 'No combination is better by the objective than the rules as they are.'
  const moved = plan.space.front.map((name) => {
    const { mean = Number.NaN, low = 0, high = 0 } = point.differences[name] ?? {}
    const text = (value: number) => figureText(name, value, { signed: true })
    return `${figureFacts[name].label} ${text(mean)} (${text(low)} to ${text(high)})`
  })
  return `Best by the objective: ${point.name}. Against the rules as they are: ${moved.join(', ')}.`
}

function pairsOf(figures: readonly FigureName[]): [FigureName, FigureName][] {
  return figures.flatMap((one, at) =>
    figures.slice(at + 1).map((other): [FigureName, FigureName] => [one, other]),
  )
}

function scatterOf(
  { points, front, best }: TuneResult,
  [x, y]: readonly [FigureName, FigureName],
): ScatterPoint[] {
  const kindOf = (at: number) => {
    if (at === best) return 'best' as const
    if (at === 0) return 'asItIs' as const
    return front.includes(at) ? ('front' as const) : ('other' as const)
  }
  return points.map(({ name, intervals }, at) => ({
    name,
    x: intervals[x]?.mean ?? Number.NaN,
    y: intervals[y]?.mean ?? Number.NaN,
    kind: kindOf(at),
  }))
}

const byObjective = (one: TunedPoint, other: TunedPoint) =>
  (one.objective?.mean ?? Infinity) - (other.objective?.mean ?? Infinity)

const mostRows = 60

function pointsTable({ points, front, plan }: TuneResult, best: TunedPoint): string {
  const figures = plan.space.front
  const isOnFront = new Set(front.map((at) => points[at]))
  const rows = points
    .toSorted(byObjective)
    .slice(0, mostRows)
    .map((point) => {
      const cells = figures.map(
        (name) =>
          `<td class="figure">${figureText(name, point.intervals[name]?.mean ?? Number.NaN)}</td>`,
      )
      const mark = point === best ? 'best' : isOnFront.has(point) ? 'front' : ''
      const key = mark === '' ? '' : `<span class="key ${mark}"></span>`
      const { objective } = point
      return `<tr class="${point.isDropped ? 'soft' : ''}"><td>${key}${escaped(point.name)}</td><td class="figure">${point.days}</td>
<td class="figure">${objective === null ? '-' : objective.mean.toFixed(3)}</td>${cells.join('')}</tr>`
    })
  const heads = figures.map((name) => `<th class="figure">${figureFacts[name].label}</th>`)
  const more = points.length - rows.length
  return `<table data-sortable><tr><th>combination</th><th class="figure">days</th><th class="figure">objective</th>${heads.join('')}</tr>
${rows.join('\n')}</table>${more > 0 ? `<p class="soft">and ${more} more in the tables beside this report.</p>` : ''}`
}
