// Writes a table as Parquet: small, typed, and read at once by what planners calculate with.
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Cell, Table } from '../day.ts'

const types = { string: 'STRING', number: 'DOUBLE', boolean: 'BOOLEAN' } as const

export function parquetOf({ columns, rows }: Table): Uint8Array<ArrayBuffer> {
  const columnData = Object.entries(columns).map(([name, type]) => ({
    name,
    type: types[type],
    nullable: true,
    data: rows.map((row) => whatFits(row[name] ?? null)),
  }))
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

/** A figure that there is not is null in a file, as in JSON. */
function whatFits(cell: Cell): Cell {
  return typeof cell === 'number' && !Number.isFinite(cell) ? null : cell
}
