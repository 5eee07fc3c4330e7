// Ends a process in order on the first signal; on the second it is gone at once.
export function stopOnSignal(stop: () => void): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      stop()
    })
  }
}
