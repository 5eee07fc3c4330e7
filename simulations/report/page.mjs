// What a report does once it is open: shows the map of a day, and lets one drill into its decisions.
import { clockText, openMapView } from './mapView.mjs'
import { sortTables } from './sortTables.mjs'

const byId = (id) => document.getElementById(id)
const days = [...document.querySelectorAll('script[data-day]')].map((script) =>
  JSON.parse(script.textContent),
)

function start() {
  const map = openMapView({
    canvas: byId('map'),
    time: byId('time'),
    clock: byId('clock'),
    count: byId('count'),
    play: byId('play'),
    speed: byId('speed'),
    speedText: byId('speed-text'),
    closer: byId('closer'),
    farther: byId('farther'),
    all: byId('all'),
  })
  const list = openDecisions(
    {
      list: byId('orders'),
      detail: byId('decision'),
      search: byId('search'),
      which: byId('which'),
    },
    map,
  )
  const open = (at) => {
    map.open(days[at].map)
    list.open(days[at].orders)
  }
  byId('day')?.addEventListener('change', (event) => open(Number(event.target.value)))
  open(0)
}

function openDecisions({ list, detail, search, which }, map) {
  let orders = []
  const fits = (order) => {
    const isLost = order.servedSecond === null
    const isLate = !isLost && order.dueSecond !== null && order.servedSecond > order.dueSecond
    if (which.value === 'lost' && !isLost) return false
    if (which.value === 'late' && !isLate) return false
    const wanted = search.value.trim().toLowerCase()
    return (
      wanted === '' || `${order.order} ${order.by} ${order.kind}`.toLowerCase().includes(wanted)
    )
  }
  const choose = (order, button) => {
    for (const each of list.querySelectorAll('button')) each.removeAttribute('aria-current')
    button?.setAttribute('aria-current', 'true')
    detail.replaceChildren(...orderDetail(order))
    map.lookAt(order.order)
    // On a narrow screen it stands below the list, out of sight.
    detail.scrollIntoView({ block: 'nearest' })
  }
  const show = () => {
    const shown = orders.filter(fits)
    list.replaceChildren(...shown.map((order) => orderButton(order, choose)))
    if (shown.length === 0) list.append(node('p', { className: 'soft' }, 'No order is like that.'))
  }
  search.addEventListener('input', show)
  which.addEventListener('change', show)
  return {
    open(next) {
      orders = next
      show()
      const first = list.querySelector('button')
      const shown = orders.find(fits)
      if (first && shown) {
        first.setAttribute('aria-current', 'true')
        detail.replaceChildren(...orderDetail(shown))
      } else
        detail.replaceChildren(node('p', { className: 'soft' }, 'Nothing was ordered on this day.'))
    },
  }
}

function orderButton(order, choose) {
  const button = node(
    'button',
    { type: 'button' },
    node('span', {}, `${order.order} ${words(order.kind || 'lost')}`),
    node('span', { className: 'soft' }, outcomeText(order)),
  )
  button.addEventListener('click', () => choose(order, button))
  return button
}

function outcomeText({ servedSecond, dueSecond, lostBecause }) {
  if (servedSecond === null) return words(lostBecause ?? 'lost')
  const late = dueSecond === null ? 0 : (servedSecond - dueSecond) / 60
  if (late <= 0) return 'on time'
  return late < 1 ? 'under 1 min late' : `${late.toFixed(0)} min late`
}

function orderDetail(order) {
  const times = [
    `placed ${clockText(order.placedSecond)}`,
    order.dueSecond === null ? null : `promised for ${clockText(order.dueSecond)}`,
    order.servedSecond === null
      ? words(order.lostBecause ?? 'lost')
      : `there at ${clockText(order.servedSecond)}`,
    order.by === null ? null : `by ${order.by}`,
    order.locker === null || order.locker === order.by ? null : `to ${order.locker}`,
    order.takenBackSecond === null ? null : `taken back ${clockText(order.takenBackSecond)}`,
  ]
  const head = node('h3', {}, `Order ${order.order}`)
  const about = node('p', { className: 'soft' }, times.filter(Boolean).join(', '))
  if (order.decisions.length === 0)
    return [head, about, node('p', {}, 'Nothing was decided for it.')]
  return [head, about, ...order.decisions.flatMap(decisionDetail)]
}

/** Ways to fulfil are scored in cents, vehicles in points: each question has tables of its own. */
function decisionDetail({ second, questions }) {
  return [node('p', {}, `Decided at ${clockText(second)}:`), ...questions.flatMap(questionDetail)]
}

function questionDetail({ about, unit, candidates, others }) {
  const kinds = Map.groupBy(candidates, ({ terms, score }) =>
    score === null ? '' : Object.keys(terms).join(),
  )
  const tables = [...kinds].map(([names, rows]) =>
    candidateTable(
      names === '' ? [] : names.split(',').filter((name) => tells(name, rows)),
      rows,
      unit,
    ),
  )
  const rest = Object.entries(others).map(([reason, count]) => `${count} ${words(reason)}`)
  if (rest.length > 0)
    tables.push(node('p', { className: 'soft' }, `Not shown: ${rest.join(', ')}.`))
  const asked = about === 'way' ? 'Which way' : `Which vehicle: ${words(about.replace('/', ', '))}`
  return about === '' ? tables : [node('h4', {}, asked), ...tables]
}

/** A term that is nothing for everybody tells nothing. */
function tells(name, candidates) {
  return candidates.some(({ terms }) => Math.abs(terms[name]) >= 0.005)
}

function candidateTable(names, candidates, unit) {
  const isRuledOut = candidates[0].score === null
  const titles = isRuledOut
    ? ['ruled out', 'why']
    : ['candidate', unit || 'score', ...names.map(words)]
  const head = node('tr', {}, ...titles.map((text, at) => headCell(text, at > 0 && !isRuledOut)))
  const rows = candidates.map(({ name, chosen, score, terms, reason, details }) => {
    const figures = [score, ...names.map((term) => terms[term])].map((value) =>
      node('td', { className: 'figure' }, figure(value)),
    )
    const cells = isRuledOut ? [node('td', {}, reasonText(reason, details))] : figures
    const className = chosen ? 'chosen' : isRuledOut ? 'ruled' : ''
    return node('tr', { className }, node('td', {}, chosen ? `${name} ✓` : name), ...cells)
  })
  return node('table', { className: 'terms' }, head, ...rows)
}

function headCell(text, isFigure) {
  return node('th', { className: isFigure ? 'figure' : '' }, text)
}

function reasonText(reason, details) {
  const facts = Object.entries(details).map(([key, value]) => `${words(key)} ${short(value)}`)
  return [words(reason ?? ''), ...facts].join(', ')
}

function figure(value) {
  return typeof value === 'number' ? Number(value.toFixed(2)).toLocaleString('en-US') : ''
}

function short(value) {
  return typeof value === 'number' ? figure(value) : String(value)
}

function words(name) {
  const apart = name.replaceAll('_', ' ').replaceAll('/', ' ')
  return apart.replaceAll(/([a-z0-9])([A-Z])/g, (_, one, two) => `${one} ${two.toLowerCase()}`)
}

function node(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

// Last, when all of the above is there.
sortTables(document)
if (days.length > 0) start()
