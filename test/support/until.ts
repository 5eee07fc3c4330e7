// Waits for a condition to hold, with a deadline: what tests use where an event cannot be awaited.
export async function until<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 40_000, everyMs = 20, what = 'the condition' } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const value = await probe()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`${what} did not hold within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
