// Takes out of a recording what leads back to an order: fulfilments become numbers, in the order of their ids.

export interface Numbering {
  /** The same for everything that speaks of one fulfilment. */
  numberOf: (fulfilmentId: string) => string
  /** With every id replaced, in keys and values, alone or as the end of the name of a stop or slot. */
  numbered: <T>(value: T) => T
}

/** Numbers sort as the ids did: where ids break a tie, numbers break it alike. */
export function numbering(fulfilmentIds: Iterable<string>): Numbering {
  const sorted = [...new Set(fulfilmentIds)].toSorted((a, b) => (a < b ? -1 : 1))
  const digits = String(sorted.length).length
  const numbers = new Map(
    sorted.map((id, nth) => [id, `r${String(nth + 1).padStart(digits, '0')}`]),
  )

  function numberOf(id: string): string {
    const number = numbers.get(id)
    if (number === undefined) throw new Error(`${id} is in no decision`)
    return number
  }

  function replaced(text: string): string {
    const number = numbers.get(text)
    if (number !== undefined) return number
    const at = text.search(/ful_\w+$/)
    const ending = at > 0 ? numbers.get(text.slice(at)) : undefined
    return ending === undefined ? text : text.slice(0, at) + ending
  }

  function walk(value: unknown): unknown {
    if (typeof value === 'string') return replaced(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [replaced(key), walk(one)]))
  }

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a walk keeps every shape
  return { numberOf, numbered: <T>(value: T) => walk(value) as T }
}
