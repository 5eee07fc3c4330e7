// Cuts a table into requests: the server's limit holds for the cells, a URL's for the places.
export interface Tile {
  sources: [from: number, to: number]
  destinations: [from: number, to: number]
}

export interface TileLimits {
  /** OSRM's --max-table-size: a table may have its square of cells. */
  size: number
  /** Sources and destinations together, by what a request can carry. */
  places: number
}

export function tilesOf(sources: number, destinations: number, limits: TileLimits): Tile[] {
  const [rows, columns] = tileShape(sources, destinations, limits)
  const tiles: Tile[] = []
  for (let row = 0; row < sources; row += rows) {
    for (let column = 0; column < destinations; column += columns) {
      tiles.push({
        sources: [row, Math.min(sources, row + rows)],
        destinations: [column, Math.min(destinations, column + columns)],
      })
    }
  }
  return tiles
}

/** Square where both sides are long; one long side takes what the short one leaves. */
function tileShape(sources: number, destinations: number, limits: TileLimits): [number, number] {
  const cells = limits.size ** 2
  const half = Math.max(1, Math.min(limits.size, Math.floor(limits.places / 2)))
  const short = Math.min(sources, destinations, half)
  const room = Math.max(1, limits.places - short)
  const long = Math.max(1, Math.min(Math.floor(cells / short), room))
  return sources <= destinations ? [short, long] : [long, short]
}
