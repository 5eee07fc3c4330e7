// Takes out of a recording what leads back to an order: fulfilments become numbers, in the order of their ids.

export interface Numbering {
  /** The same for everything that speaks of one fulfilment. */
  numberOf: (fulfilmentId: string) => string
  /** Whatever is there with every id in it replaced, in keys and in values, alone or as the end of a stop's id. */
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
    const stop = text.startsWith(stopPrefix)
      ? numbers.get(text.slice(stopPrefix.length))
      : undefined
    return stop === undefined ? text : stopPrefix + stop
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

const stopPrefix = 'stop-'
