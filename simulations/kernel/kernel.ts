// Runs events in the order of time, then priority, then scheduling; they live in typed arrays, so
// that an event allocates nothing.

/** What happens at an event, told the two integers it was scheduled with. */
export type Handler = (a: number, b: number) => void

/** Functions only: with accessors V8 would give each kernel a shape of its own, and look them up. */
export interface Kernel {
  /** Seconds since the start. */
  now(): number
  /** Events that will still happen, without the one that is happening. */
  pending(): number
  /** For how many pending events there is room before the arrays are doubled. */
  capacity(): number
  /** Makes a handler known; `schedule` takes the number that this returns. */
  handler(handle: Handler): number
  /**
   * Returns the event, for `cancel`. Of events at one time the lowest priority happens first
   * (-128 to 127), of those the one that was scheduled first.
   */
  schedule(atSeconds: number, priority: number, handler: number, a?: number, b?: number): number
  /** Whether the event was still pending. */
  cancel(event: number): boolean
  /** Lets all events before `untilSeconds` happen, none at it; returns how many happened. */
  run(untilSeconds: number): number
  /** Ends `run` after the event that is happening. */
  stop(): void
}

/** Rank is priority * 2^45 + sequence: one double orders both, exactly, for 3.5e13 events. */
const sequences = 2 ** 45
/** An event is generation * 2^24 + slot: a slot that was used again does not answer to it. */
const slotLimit = 2 ** 24
const lastGeneration = 2 ** 29 - 1
const cancelledHandler = -1
/** With fewer than these a sweep is not worth its while. */
const sweepFrom = 64

export function openKernel({ capacity = 1_024 }: { capacity?: number } = {}): Kernel {
  const handlers: Handler[] = []
  // The time now, the next sequence number, and when the run ends, which `stop` makes at once. A
  // closure's own variable would box every double.
  const clock = new Float64Array(3)
  // The heap, four children to a node: the times, and in which slot the rest of an event is.
  // heapSlots is a permutation of all slots: those from `size` on are the free ones.
  let heapTimes = new Float64Array(roomFor(capacity))
  let heapSlots = Int32Array.from(heapTimes, (_, index) => index)
  let ranks = new Float64Array(heapTimes.length)
  // Of each slot its generation, the handler, and what the handler is told: beside each other, since
  // each event needs all of them.
  let slots = new Int32Array(heapTimes.length * 4)
  let size = 0
  let cancelled = 0
  // While an event happens, the root is a hole that the first event it schedules falls into.
  let hasHole = false
  let isRunning = false

  return {
    now: () => clock[0]!,
    pending: () => size - cancelled - (hasHole ? 1 : 0),
    capacity: () => heapTimes.length,
    handler: (handle) => handlers.push(handle) - 1,
    schedule,
    cancel,
    run,
    stop: () => void (clock[2] = -Infinity),
  }

  function schedule(atSeconds: number, priority: number, handler: number, a = 0, b = 0): number {
    if (!(atSeconds >= clock[0]! && atSeconds < Infinity)) refuseTime(atSeconds, clock[0]!)
    if ((priority << 24) >> 24 !== priority) refuse('a priority', priority, '-128 to 127')
    if (handler >>> 0 >= handlers.length) refuse('a handler', handler, 'known')
    if ((a | 0) !== a || (b | 0) !== b) refuse('what an event carries', `${a}, ${b}`, 'int32')
    let index = 0
    if (hasHole) hasHole = false
    else {
      if (size === heapTimes.length) grow()
      index = size
      size += 1
    }
    const slot = heapSlots[index]!
    heapTimes[index] = atSeconds
    ranks[slot] = priority * sequences + clock[1]!
    clock[1]! += 1
    const record = slot << 2
    slots[record + 1] = handler
    slots[record + 2] = a
    slots[record + 3] = b
    if (index === 0) sink(0)
    else rise(index)
    return slots[record]! * slotLimit + slot
  }

  function cancel(event: number): boolean {
    const slot = event % slotLimit
    const record = slot << 2
    const isPending = slots[record] === Math.floor(event / slotLimit)
    if (!isPending) return false
    retire(record)
    slots[record + 1] = cancelledHandler
    cancelled += 1
    if (cancelled > sweepFrom && cancelled > size >> 1) sweep()
    return true
  }

  function run(untilSeconds: number): number {
    if (isRunning) throw new Error('a run is under way: a handler cannot start another')
    if (!(untilSeconds >= clock[0]!)) refuseTime(untilSeconds, clock[0]!)
    isRunning = true
    clock[2] = untilSeconds
    let happened = 0
    try {
      while (size > 0 && heapTimes[0]! < clock[2]) {
        const record = heapSlots[0]! << 2
        const handler = slots[record + 1]!
        hasHole = true
        if (handler === cancelledHandler) cancelled -= 1
        else {
          clock[0] = heapTimes[0]!
          retire(record)
          happened += 1
          handlers[handler]!(slots[record + 2]!, slots[record + 3]!)
        }
        if (hasHole) fillHole()
      }
    } finally {
      if (hasHole) fillHole()
      isRunning = false
    }
    if (clock[2] === untilSeconds && untilSeconds < Infinity) clock[0] = untilSeconds
    return happened
  }

  /** From here on nobody who kept the event can reach the slot. */
  function retire(record: number): void {
    const generation = slots[record]!
    slots[record] = generation === lastGeneration ? 0 : generation + 1
  }

  function fillHole(): void {
    hasHole = false
    size -= 1
    const freed = heapSlots[0]!
    heapTimes[0] = heapTimes[size]!
    heapSlots[0] = heapSlots[size]!
    heapSlots[size] = freed
    sink(0)
  }

  function rise(index: number): void {
    const time = heapTimes[index]!
    const slot = heapSlots[index]!
    const rank = ranks[slot]!
    let at = index
    while (at > 0) {
      const parent = (at - 1) >> 2
      const parentTime = heapTimes[parent]!
      if (parentTime < time || (parentTime === time && ranks[heapSlots[parent]!]! < rank)) break
      heapTimes[at] = parentTime
      heapSlots[at] = heapSlots[parent]!
      at = parent
    }
    heapTimes[at] = time
    heapSlots[at] = slot
  }

  function sink(index: number): void {
    const time = heapTimes[index]!
    const slot = heapSlots[index]!
    const rank = ranks[slot]!
    let at = index
    for (let child = 4 * at + 1; child < size; child = 4 * at + 1) {
      const end = child + 4 < size ? child + 4 : size
      let least = child
      let leastTime = heapTimes[child]!
      for (let next = child + 1; next < end; next += 1) {
        const nextTime = heapTimes[next]!
        if (
          nextTime < leastTime ||
          (nextTime === leastTime && ranks[heapSlots[next]!]! < ranks[heapSlots[least]!]!)
        ) {
          least = next
          leastTime = nextTime
        }
      }
      if (time < leastTime || (time === leastTime && rank < ranks[heapSlots[least]!]!)) break
      heapTimes[at] = leastTime
      heapSlots[at] = heapSlots[least]!
      at = least
    }
    heapTimes[at] = time
    heapSlots[at] = slot
  }

  /** Takes the cancelled out, so that they never hold more than half of the room. */
  function sweep(): void {
    if (hasHole) fillHole()
    let kept = 0
    for (let index = 0; index < size; index += 1) {
      const slot = heapSlots[index]!
      if (slots[(slot << 2) + 1] === cancelledHandler) continue
      heapSlots[index] = heapSlots[kept]!
      heapSlots[kept] = slot
      heapTimes[kept] = heapTimes[index]!
      kept += 1
    }
    size = kept
    cancelled = 0
    for (let index = (size - 2) >> 2; index >= 0; index -= 1) sink(index)
  }

  function grow(): void {
    const room = roomFor(size * 2)
    heapTimes = widened(heapTimes, new Float64Array(room))
    ranks = widened(ranks, new Float64Array(room))
    slots = widened(slots, new Int32Array(room * 4))
    heapSlots = widened(
      heapSlots,
      Int32Array.from(heapTimes, (_, index) => index),
    )
  }
}

function roomFor(capacity: number): number {
  if (capacity >= 1 && capacity <= slotLimit) return Math.ceil(capacity)
  throw new RangeError(`a kernel has room for 1 to ${slotLimit} pending events, not ${capacity}`)
}

function widened<Column extends Float64Array | Int32Array>(narrow: Column, wide: Column): Column {
  wide.set(narrow)
  return wide
}

function refuseTime(seconds: number, now: number): never {
  throw new RangeError(`at ${now} s nothing can be set for ${seconds} s`)
}

function refuse(what: string, given: number | string, allowed: string): never {
  throw new RangeError(`${what} must be ${allowed}, not ${given}`)
}
