// A town of sixteen junctions drawn by hand, small enough for a thousand days.

const side = 4
const name = (column: number, row: number) => `${column}-${row}`
const corners = Array.from({ length: side * side }, (_, at) => [at % side, Math.floor(at / side)])
const places = corners.map(([column = 0, row = 0]) => ({
  lon: 10 + column * 0.012,
  lat: 50 + row * 0.008,
}))

/** A grid of blocks of 900 m, two minutes each. */
export const townMap = {
  junctions: corners.map(([column = 0, row = 0], at) => ({
    name: name(column, row),
    place: places[at]!,
  })),
  roads: corners.flatMap(([column = 0, row = 0]) =>
    [
      [column + 1, row],
      [column, row + 1],
    ]
      .filter((end) => end.every((at) => at < side))
      .map(([toColumn = 0, toRow = 0]) => road(name(column, row), name(toColumn, toRow))),
  ),
}

function road(from: string, to: string) {
  return { from, to, minutes: 2, kilometres: 0.9 }
}

export const placeAt = (at: number) => places[at % places.length]!

/** Three trucks, a courier, lockers and a warehouse; a busy morning. */
export const town = {
  name: 'town',
  hours: { fromHour: 8, toHour: 11, drainMinutes: 120 },
  map: townMap,
  sites: [
    {
      id: 'warehouse',
      kind: 'warehouse',
      place: placeAt(0),
      machines: [{ model: 'Mendel 5', count: 2 }],
      stock: [{ item: 'gear', units: 3 }],
    },
    {
      id: 'lockers',
      kind: 'lockers',
      place: placeAt(10),
      machines: [{ model: 'Swift S', count: 1 }],
      compartments: 4,
    },
  ],
  trucks: [
    {
      id: 'truck',
      count: 3,
      machines: [{ model: 'Mendel 5' }],
      stock: [{ item: 'gear', units: 1 }],
      round: { stops: 5, radiusMeters: 3_000 },
    },
  ],
  couriers: [{ id: 'courier', count: 1, site: 'warehouse' }],
  orders: { generator: { perDay: 260 } },
}
