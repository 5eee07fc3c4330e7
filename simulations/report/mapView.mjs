// The map of a day in a report: streets, trucks that drive along them, orders that wait; runs in the browser.

/** Draws whatever second it is told, and moves on by itself while it plays. */
export function openMapView(elements) {
  const view = {
    day: null,
    second: 0,
    zoom: 1,
    east: 0,
    north: 0,
    playing: false,
    hover: null,
    mark: null,
  }
  const draw = () => drawMap(elements.canvas, view)
  const show = (second) => {
    view.second = second
    elements.time.value = String(second)
    elements.clock.textContent = clockText(second)
    elements.count.textContent = waitingText(view)
    draw()
  }
  playOn(elements, view, show)
  moveAbout(elements, view, draw)
  elements.time.addEventListener('input', () => show(Number(elements.time.value)))
  globalThis.addEventListener('resize', draw)
  return {
    open(packed) {
      view.day = packed === null ? null : unpacked(packed)
      if (view.day === null) return draw()
      elements.time.min = String(view.day.fromSecond)
      elements.time.max = String(view.day.toSecond)
      show(busiestSecond(view.day))
    },
    /** Where an order is, and when it was placed. */
    lookAt(order) {
      const found = view.day?.orders.find((each) => each.order === order)
      if (!found) return
      view.mark = found
      show(found.placed)
    },
  }
}

/** When the order in the middle was placed: there is something to see then. */
function busiestSecond({ orders, fromSecond, toSecond }) {
  const placed = orders.map((order) => order.placed).toSorted((one, other) => one - other)
  return placed[Math.floor(placed.length / 2)] ?? Math.round((fromSecond + toSecond) / 2)
}

function unpacked(packed) {
  const [east, north] = packed.scale
  const place = (x, y) => [x * east, -y * north]
  const lineOf = (steps) => {
    const points = []
    for (let at = 0, x = 0, y = 0; at < steps.length; at += 2) {
      x += steps[at]
      y += steps[at + 1]
      points.push(place(x, y))
    }
    return points
  }
  const vehicles = packed.vehicles.map(({ name, drives }) => ({
    name,
    drives: drives.map(([leave, arrive, steps]) => ({
      leave,
      arrive,
      line: measured(lineOf(steps)),
    })),
  }))
  const streets = packed.streets.map(lineOf)
  const orders = packed.orders.map(([order, x, y, placed, due, served]) => {
    return { order, at: place(x, y), placed, due, served }
  })
  const sites = packed.sites.map(({ name, x, y }) => ({ name, at: place(x, y) }))
  const all = [...streets.flat(), ...orders.map(({ at }) => at), ...sites.map(({ at }) => at)]
  const every =
    all.length > 0
      ? all
      : vehicles.flatMap(({ drives }) => drives.flatMap(({ line }) => line.points))
  return { ...packed, vehicles, streets, orders, sites, bounds: boundsOf(every) }
}

/** With the metres up to each point, so that a truck is found at any share of its way. */
function measured(points) {
  const upTo = [0]
  for (let at = 1; at < points.length; at += 1) {
    const [x, y] = points[at - 1]
    upTo.push(upTo[at - 1] + Math.hypot(points[at][0] - x, points[at][1] - y))
  }
  return { points, upTo }
}

function boundsOf(points) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of points) {
    bounds[0] = Math.min(bounds[0], x)
    bounds[1] = Math.min(bounds[1], y)
    bounds[2] = Math.max(bounds[2], x)
    bounds[3] = Math.max(bounds[3], y)
  }
  return bounds
}

function placeAt({ drives }, second) {
  let low = 0
  let high = drives.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (drives[middle].leave <= second) low = middle
    else high = middle - 1
  }
  const drive = drives[low]
  if (!drive) return null
  const { points, upTo } = drive.line
  const share = Math.min(1, Math.max(0, (second - drive.leave) / (drive.arrive - drive.leave || 1)))
  const along = share * upTo.at(-1)
  const next = Math.max(
    1,
    upTo.findIndex((meters) => meters >= along),
  )
  const [from, to] = [points[next - 1], points[next] ?? points[next - 1]]
  const part = (along - upTo[next - 1]) / ((upTo[next] ?? along) - upTo[next - 1] || 1)
  const at = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]
  return { at, drives: share > 0 && share < 1, way: points }
}

/** The whole city fits in at zoom 1. */
function projection(canvas, { day, zoom, east, north }) {
  const [left, top, right, bottom] = day.bounds
  const [width, height] = [canvas.clientWidth, canvas.clientHeight]
  const size =
    zoom * Math.min((width - 30) / (right - left || 1), (height - 30) / (bottom - top || 1))
  const [middleX, middleY] = [(left + right) / 2 - east, (top + bottom) / 2 - north]
  return ([x, y]) => [width / 2 + (x - middleX) * size, height / 2 + (y - middleY) * size]
}

function drawMap(canvas, view) {
  const density = globalThis.devicePixelRatio || 1
  canvas.width = canvas.clientWidth * density
  canvas.height = canvas.clientHeight * density
  const pen = canvas.getContext('2d')
  pen.scale(density, density)
  if (view.day === null) return
  const to = projection(canvas, view)
  const style = getComputedStyle(document.documentElement)
  const colour = (name) => style.getPropertyValue(`--${name}`)
  drawStreets(pen, view.day, to, colour('road'))
  drawSites(pen, view.day, to, colour)
  drawOrders(pen, view, to, colour)
  drawTrucks(pen, view, to, colour)
}

function drawStreets(pen, { streets }, to, colour) {
  pen.strokeStyle = colour
  pen.lineWidth = 1.4
  pen.beginPath()
  for (const street of streets) trace(pen, street, to)
  pen.stroke()
}

function trace(pen, points, to) {
  for (const [at, point] of points.entries()) {
    const [x, y] = to(point)
    if (at === 0) pen.moveTo(x, y)
    else pen.lineTo(x, y)
  }
}

function drawSites(pen, { sites }, to, colour) {
  pen.font = '12px system-ui, sans-serif'
  for (const { name, at } of sites) {
    const [x, y] = to(at)
    pen.fillStyle = colour('mark')
    pen.fillRect(x - 5, y - 5, 10, 10)
    pen.fillStyle = colour('ink')
    pen.fillText(name, x + 9, y + 4)
  }
}

const isWaiting = ({ placed, served }, second) =>
  placed <= second && second < (served ?? placed + 1800)

function drawOrders(pen, { day, second, mark }, to, colour) {
  for (const order of day.orders) {
    if (!isWaiting(order, second)) continue
    const isLate = order.served === null || (order.due !== null && second > order.due)
    pen.fillStyle = colour(isLate ? 'bad' : 'second')
    disc(pen, to(order.at), 4)
  }
  if (mark === null) return
  pen.strokeStyle = colour('ink')
  pen.lineWidth = 2
  pen.beginPath()
  const [x, y] = to(mark.at)
  pen.arc(x, y, 10, 0, 2 * Math.PI)
  pen.stroke()
}

function disc(pen, [x, y], radius) {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fill()
}

function drawTrucks(pen, { day, second, hover }, to, colour) {
  for (const vehicle of day.vehicles) {
    const found = placeAt(vehicle, second)
    if (found === null) continue
    const isHovered = vehicle === hover
    if (isHovered) {
      pen.strokeStyle = colour('first')
      pen.lineWidth = 3
      pen.beginPath()
      trace(pen, found.way, to)
      pen.stroke()
    }
    pen.fillStyle = colour('first')
    pen.globalAlpha = found.drives ? 1 : 0.45
    disc(pen, to(found.at), isHovered ? 7 : 5)
    pen.globalAlpha = 1
    if (!isHovered) continue
    const [x, y] = to(found.at)
    pen.fillStyle = colour('ink')
    pen.fillText(vehicle.name, x + 10, y - 8)
  }
}

function playOn({ play, speed, speedText }, view, show) {
  let last = 0
  const step = (nowMs) => {
    if (!view.playing || view.day === null) return
    const seconds = ((nowMs - last) / 1000) * speedOf(speed)
    last = nowMs
    const next = view.second + seconds
    show(next > view.day.toSecond ? view.day.fromSecond : next)
    requestAnimationFrame(step)
  }
  const say = () => (speedText.textContent = `${speedOf(speed)} times as fast`)
  speed.addEventListener('input', say)
  say()
  play.addEventListener('click', () => {
    view.playing = !view.playing
    play.textContent = view.playing ? 'Pause' : 'Play'
    last = performance.now()
    requestAnimationFrame(step)
  })
}

/** Each step of the slider is a doubling: from the real pace to a day in half a minute. */
const speedOf = (slider) => Math.round(2 ** Number(slider.value))

function moveAbout({ canvas, closer, farther, all }, view, draw) {
  let from = null
  const perPixel = () => {
    const to = projection(canvas, view)
    return 1 / (to([1, 0])[0] - to([0, 0])[0])
  }
  const zoomBy = (factor) => {
    view.zoom = Math.min(40, Math.max(1, view.zoom * factor))
    draw()
  }
  const moveBy = (pixelsEast, pixelsNorth) => {
    if (view.day === null) return
    const meters = perPixel()
    view.east += pixelsEast * meters
    view.north += pixelsNorth * meters
    draw()
  }
  // The wheel alone goes on down the page; with Ctrl, as two fingers on a pad send it, it zooms.
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2)
  })
  closer.addEventListener('click', () => zoomBy(1.5))
  farther.addEventListener('click', () => zoomBy(1 / 1.5))
  all.addEventListener('click', () => {
    Object.assign(view, { zoom: 1, east: 0, north: 0 })
    draw()
  })
  const keys = {
    '+': () => zoomBy(1.5),
    '-': () => zoomBy(1 / 1.5),
    ArrowLeft: () => moveBy(40, 0),
    ArrowRight: () => moveBy(-40, 0),
    ArrowUp: () => moveBy(0, 40),
    ArrowDown: () => moveBy(0, -40),
  }
  canvas.addEventListener('keydown', (event) => {
    if (!Object.hasOwn(keys, event.key)) return
    event.preventDefault()
    keys[event.key]()
  })
  canvas.addEventListener('pointerdown', (event) => {
    from = [event.clientX, event.clientY]
    canvas.setPointerCapture(event.pointerId)
  })
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, () => (from = null))
  }
  canvas.addEventListener('pointermove', (event) => {
    if (view.day === null) return
    if (from !== null) {
      moveBy(event.clientX - from[0], event.clientY - from[1])
      from = [event.clientX, event.clientY]
    }
    view.hover = truckUnder(canvas, view, event)
    draw()
  })
}

function truckUnder(canvas, view, event) {
  const to = projection(canvas, view)
  const box = canvas.getBoundingClientRect()
  const [x, y] = [event.clientX - box.left, event.clientY - box.top]
  const near = (vehicle) => {
    const found = placeAt(vehicle, view.second)
    if (found === null) return false
    const [atX, atY] = to(found.at)
    return Math.hypot(atX - x, atY - y) < 10
  }
  return view.day.vehicles.find(near) ?? null
}

function waitingText({ day, second }) {
  const waiting = day.orders.filter((order) => isWaiting(order, second)).length
  const served = day.orders.filter(
    (order) => order.served !== null && order.served <= second,
  ).length
  return `${waiting === 1 ? '1 order waits' : `${waiting} orders wait`}, ${served} served`
}

export function clockText(second) {
  const day = Math.floor(second / 86_400)
  const text = new Date((second - day * 86_400) * 1000).toISOString().slice(11, 19)
  return day > 0 ? `${text} +${day}` : text
}
