// A deadline as a process that was held up should keep it: what came in time is read first.

/** Answers how to take the deadline back. */
export function setDeadline(withinMs: number, onPassed: () => void): () => void {
  let turn: NodeJS.Immediate | undefined
  // A timer that is due runs before what was received meanwhile is read, an immediate after it.
  const timer = setTimeout(() => {
    turn = setImmediate(onPassed)
  }, withinMs)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
