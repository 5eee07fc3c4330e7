// Remembers the answer to a question for a short while; many who ask at once share one look-up.

export function cached<T>(load: (key: string) => Promise<T>, lastsMs: number, nowMs: () => number) {
  const known = new Map<string, { value: Promise<T>; untilMs: number }>()
  return (key: string): Promise<T> => {
    const found = known.get(key)
    if (found && found.untilMs > nowMs()) return found.value
    if (known.size >= maxKeys) known.clear()
    const value = load(key)
    known.set(key, { value, untilMs: nowMs() + lastsMs })
    value.catch(() => known.delete(key))
    return value
  }
}

const maxKeys = 10_000
