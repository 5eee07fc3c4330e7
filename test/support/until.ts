// Waits for a condition to hold, with a deadline: what tests use where an event cannot be awaited.

/** A look that took longer counts as this long: a machine that stalls gives what is waited for no time either. */
const longestLookMs = 2_000

export async function until<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 90_000, everyMs = 20, what = 'the condition' } = {},
): Promise<NonNullable<T>> {
  let waitedMs = 0
  let lookedAtMs = Date.now()
  for (;;) {
    const value = await probe()
    if (value) return value
    if (waitedMs > timeoutMs) throw new Error(`${what} did not hold within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    const nowMs = Date.now()
    waitedMs += Math.min(nowMs - lookedAtMs, longestLookMs + everyMs)
    lookedAtMs = nowMs
  }
}
