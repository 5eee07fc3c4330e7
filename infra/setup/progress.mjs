// Says on the terminal what the set-up does and how long it has been at it.

/** Runs a step and shows its elapsed seconds: every second on a terminal, every twenty in a log. */
export async function withProgress(name, what, step) {
  const startedAtMs = Date.now()
  const seconds = () => Math.round((Date.now() - startedAtMs) / 1000)
  const live = process.stderr.isTTY
  say(`${name}: ${what}`)
  const timer = setInterval(
    () => process.stderr.write(live ? `\r  ${seconds()} s ` : `  ${name}: ${seconds()} s\n`),
    live ? 1_000 : 20_000,
  )
  try {
    await step()
  } finally {
    clearInterval(timer)
    if (live) process.stderr.write('\r')
  }
  say(`${name}: ready after ${seconds()} s`)
}

export function say(line) {
  process.stderr.write(`[setup] ${line}\n`)
}
