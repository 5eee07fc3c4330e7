// Work that is done again and again, one round after the other.

/** Never two rounds at once; one that fails is told of, and the next one comes. */
export function everySoOften(
  everyMs: number,
  round: () => Promise<void>,
  onFailure: (error: unknown) => void,
): { stop: () => Promise<void> } {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= round()
      .catch(onFailure)
      .finally(() => (running = null))
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
