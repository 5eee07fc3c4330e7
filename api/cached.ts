// Remembers the answer to a question for a short while; many who ask at once share one look-up, and
// who asks again and again does not wait for it: it is made anew before the answer is too old.

interface Known<T> {
  value: Promise<T>
  untilMs: number
  /** From when half of the time is over; the new answer is in use from when it is there. */
  isRenewed: boolean
}

export function cached<T>(load: (key: string) => Promise<T>, lastsMs: number, nowMs: () => number) {
  const known = new Map<string, Known<T>>()

  function read(key: string): Known<T> {
    if (known.size >= maxKeys) known.clear()
    const entry: Known<T> = { value: load(key), untilMs: nowMs() + lastsMs, isRenewed: false }
    known.set(key, entry)
    entry.value.catch(() => {
      if (known.get(key) === entry) known.delete(key)
    })
    return entry
  }

  async function renew(key: string, entry: Known<T>): Promise<void> {
    const untilMs = nowMs() + lastsMs
    entry.isRenewed = true
    try {
      const value = Promise.resolve(await load(key))
      if (known.get(key) === entry) known.set(key, { value, untilMs, isRenewed: false })
    } catch {
      // Whoever asks when the time is over asks for himself.
    }
  }

  return (key: string): Promise<T> => {
    const found = known.get(key)
    const leftMs = (found?.untilMs ?? 0) - nowMs()
    if (!found || leftMs <= 0) return read(key).value
    if (leftMs <= lastsMs / 2 && !found.isRenewed) void renew(key, found)
    return found.value
  }
}

const maxKeys = 10_000
