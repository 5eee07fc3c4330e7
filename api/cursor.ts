// Opaque cursors of keyset pages: where the next page starts, as base64url of a JSON array of the last row's sort keys.
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

type Kind = 'string' | 'number'

export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/** The keys of a cursor; whatever is not exactly of the expected kinds is refused, not guessed at. */
export function decodeCursor<K extends readonly Kind[]>(
  text: string | undefined,
  ...kinds: K
): { [I in keyof K]: K[I] extends 'number' ? number : string } | null {
  if (text === undefined) return null
  const keys = parsed(text)
  if (!Array.isArray(keys) || keys.length !== kinds.length) throw badCursor()
  for (const [i, kind] of kinds.entries()) {
    const key: unknown = keys[i]
    if (typeof key !== kind || (typeof key === 'string' && !/^[\w.:-]{1,80}$/.test(key)))
      throw badCursor()
    if (typeof key === 'number' && !Number.isSafeInteger(key)) throw badCursor()
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each key was just held against its kind
  return keys as unknown as { [I in keyof K]: K[I] extends 'number' ? number : string }
}

/** A page of rows that were read with one more than asked for. */
export function page<R, W>(
  rows: readonly R[],
  limit: number = limits.page.default,
  { toWire, keysOf }: { toWire: (row: R) => W; keysOf: (row: R) => (string | number)[] },
) {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit
  return {
    object: 'list' as const,
    data: shown.map(toWire),
    has_more: hasMore,
    next_cursor: hasMore && last ? encodeCursor(keysOf(last)) : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw badCursor()
  }
}

function badCursor() {
  const error = { param: '/query/cursor', message: 'is not a cursor of this list' }
  return refuse('invalid_request', {
    param: error.param,
    errors: [error],
    detail: 'The cursor is not one of this list.',
  })
}
