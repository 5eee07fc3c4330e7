// Writes a table as CSV (RFC 4180): what spreadsheets and every other tool read.
import type { Cell, Table } from '../day.ts'

export function csvOf({ columns, rows }: Table): string {
  const names = Object.keys(columns)
  const lines = rows.map((row) => names.map((name) => cellText(row[name] ?? null)).join(','))
  return [names.map(cellText).join(','), ...lines, ''].join('\r\n')
}

function cellText(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
