// Draws the reference day of trucks and orders: the same numbers as in every other language.

/** As they are published with the model: the same generator, the same order of draws. */
export interface DayScenario {
  trucks: readonly TruckPlan[]
  orders: readonly OrderArrival[]
}

export interface TruckPlan {
  startSeconds: number
  /** In the order of the tour; lattice points 100 m apart. */
  stops: readonly Point[]
}

export interface Point {
  x: number
  y: number
}

export interface OrderArrival extends Point {
  /** It comes half a second after this whole second. */
  cameSeconds: number
  printSeconds: number
}

const stopsPerTruck = 12
const arrivalSeconds = 43_200

export function drawDay(seed: number, trucks: number, orders: number): DayScenario {
  const truckDraw = mulberry32(seed * 2_654_435_761 + 1)
  const orderDraw = mulberry32(seed * 2_654_435_761 + 2)
  let cameSeconds = 0
  return {
    trucks: Array.from({ length: trucks }, () => drawTruck(truckDraw)),
    orders: Array.from({ length: orders }, () => {
      cameSeconds += (-Math.log(1 - orderDraw()) * arrivalSeconds) / orders
      return {
        cameSeconds: Math.floor(cameSeconds),
        x: below(201, orderDraw),
        y: below(201, orderDraw),
        printSeconds: 480 + below(1_201, orderDraw),
      }
    }),
  }
}

function drawTruck(draw: () => number): TruckPlan {
  const x = 30 + below(141, draw)
  const y = 30 + below(141, draw)
  const stops = Array.from({ length: stopsPerTruck }, (_, drawn) => ({
    x: x - 30 + below(61, draw),
    y: y - 30 + below(61, draw),
    drawn,
  }))
  const startSeconds = below(600, draw)
  const sorted = stops.toSorted((a, b) => a.y - b.y || a.x - b.x || a.drawn - b.drawn)
  const up = sorted.filter((stop) => stop.x < x)
  const down = sorted.filter((stop) => stop.x >= x).toReversed()
  return { startSeconds, stops: [...up, ...down] }
}

function below(count: number, draw: () => number): number {
  return Math.floor(draw() * count)
}

function mulberry32(seed: number): () => number {
  let state = (seed % 2 ** 32) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
