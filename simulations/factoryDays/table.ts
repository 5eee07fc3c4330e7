// Reads a table of comma separated values, plain or compressed, and says where one is wrong.
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** One line under its header; what is missing or wrong is an error that names file and line. */
export interface Row {
  text: (column: string) => string
  whole: (column: string) => number
  number: (column: string) => number
  /** Seconds after midnight of HH:MM:SS. */
  clock: (column: string) => number
  refuse: (why: string) => never
}

/** Rows of `path`, or of `path`.gz where that is what there is. */
export function readTable(path: string, columns: readonly string[]): Row[] {
  const found = [path, `${path}.gz`].find((candidate) => existsSync(candidate))
  if (found === undefined) throw new Error(`there is no ${path}, nor ${path}.gz`)
  const [header, ...lines] = textOf(found).split(/\r?\n/)
  const names = (header ?? '').split(',')
  const missing = columns.find((column) => !names.includes(column))
  if (missing !== undefined) throw new Error(`${found} has no column ${missing}`)
  return lines.flatMap((line, at) =>
    line === '' ? [] : [rowOf(`${found}:${at + 2}`, names, line.split(','))],
  )
}

function textOf(path: string): string {
  const bytes = readFileSync(path)
  if (!path.endsWith('.gz')) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes).toString('utf8')
  } catch (error) {
    throw new Error(`${path} cannot be decompressed`, { cause: error })
  }
}

function rowOf(where: string, names: readonly string[], fields: readonly string[]): Row {
  const refuse = (why: string): never => {
    throw new Error(`${where}: ${why}`)
  }
  if (fields.length !== names.length) {
    refuse(`${fields.length} fields under a header of ${names.length}`)
  }
  const text = (column: string) => fields[names.indexOf(column)] ?? ''
  const number = (column: string) => {
    const value = text(column)
    const parsed = Number(value)
    if (value.trim() !== '' && parsed >= 0 && parsed < Infinity) return parsed
    return refuse(`${column} is not a number of 0 or more: ${value}`)
  }
  return {
    text,
    number,
    whole(column) {
      const value = number(column)
      return Number.isInteger(value) ? value : refuse(`${column} is not a whole number: ${value}`)
    },
    clock(column) {
      const match = /^(\d\d):([0-5]\d):([0-5]\d)$/.exec(text(column))
      if (match === null) return refuse(`${column} is not a time HH:MM:SS: ${text(column)}`)
      const [hours, minutes, seconds] = match.slice(1).map(Number)
      return hours! * 3_600 + minutes! * 60 + seconds!
    },
    refuse,
  }
}
