// Puts a report together: one HTML file with styles, charts, data and script in it, which asks no network for anything.
import { readFileSync } from 'node:fs'
import type { KeptExperiment } from '../experiments/resultFolder.ts'
import { compareSections } from './compareSections.ts'
import { liveSections } from './liveSections.ts'
import { decisionsOfDay } from './decisionsOfDay.ts'
import { mapOfDay } from './mapOfDay.ts'
import { runSections } from './runSections.ts'
import { escaped } from './svg.ts'
import { tuneSections } from './tuneSections.ts'

export interface Sections {
  title: string
  about: string
  body: string
}

export function reportPage(kept: KeptExperiment): string {
  const { title, about, body } = sectionsOf(kept)
  const days = daysOf(kept)
  const data = days.map(
    (day) => `<script type="application/json" data-day>${inScript(day)}</script>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${textOf('page.css')}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="soft">${escaped(about)}</p>
${body}
${days.length === 0 ? '' : daySections(kept, days)}
</main>
${data.join('\n')}
<script type="module">${clientScript()}</script>
</body>
</html>
`
}

function sectionsOf({ result }: KeptExperiment): Sections {
  if (result.kind === 'run') return runSections(result)
  if (result.kind === 'compare') return compareSections(result)
  return result.kind === 'live' ? liveSections(result) : tuneSections(result)
}

interface ShownDay {
  map: ReturnType<typeof mapOfDay>
  orders: ReturnType<typeof decisionsOfDay>
}

function daysOf({ result, days }: KeptExperiment): ShownDay[] {
  const documents = 'scenarios' in result ? result.scenarios : [result.scenario]
  return days.flatMap(({ day }, at) => {
    if (day.tables === null) return []
    // Plan and reality are days of one scenario.
    const document = (documents[at] ?? documents[0])?.document ?? {}
    return [{ map: mapOfDay(document, day.tables), orders: decisionsOfDay(day.tables) }]
  })
}

function daySections({ days }: KeptExperiment, shown: readonly ShownDay[]): string {
  const options = days.map(({ name }, at) => `<option value="${at}">${escaped(name)}</option>`)
  const choice =
    days.length > 1 ? `<label>Day of <select id="day">${options.join('')}</select></label>` : ''
  const [first] = days
  const leftOut = shown[0]?.map.leftOut ?? 0
  const more =
    leftOut > 0
      ? ` The ${shown[0]?.map.vehicles.length} busiest vehicles are shown, ${leftOut} are not.`
      : ''
  return `<section class="card">
<h2>A day on the map</h2>
<p class="soft">Replication ${first?.day.replication}, trace ${escaped(first?.day.traceHash.slice(0, 16) ?? '')}.
<span class="key first"></span>truck, faint while it stands<span class="key second"></span>order that waits<span class="key bad"></span>order that is late or lost<span class="key site"></span>site.${more}</p>
<div class="controls">${choice}<button id="play" type="button">Play</button>
<label>Speed <input id="speed" type="range" min="0" max="12" step="1" value="8"> <span id="speed-text" class="soft"></span></label>
<span class="zoom"><button id="closer" type="button" aria-label="Closer">+</button><button id="farther" type="button" aria-label="Farther">−</button><button id="all" type="button">Whole map</button></span></div>
<canvas id="map" tabindex="0" role="img" aria-label="Map of the day: arrows move it, + and − zoom"></canvas>
<div class="controls"><span id="clock"></span><input id="time" type="range" step="1" aria-label="Time of day"><span id="count" class="soft"></span></div>
</section>
<section class="card">
<h2>What was decided</h2>
<div class="controls"><input id="search" type="search" placeholder="Order, vehicle or kind" aria-label="Search orders">
<select id="which" aria-label="Which orders"><option value="all">all orders</option><option value="late">late</option><option value="lost">lost</option></select></div>
<div class="drill"><div id="orders" class="list"></div><div id="decision"></div></div>
</section>`
}

/** All modules as one script: a file that is opened from a disk may not import another. */
function clientScript(): string {
  return ['mapView.mjs', 'sortTables.mjs', 'page.mjs']
    .map((name) =>
      textOf(name)
        .replaceAll(/^import .*$/gm, '')
        .replaceAll(/^export /gm, ''),
    )
    .join('\n')
}

/** No text may end the script that it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

function textOf(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
