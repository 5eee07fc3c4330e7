// Every limit of the API, each once: what refuses a call reads it from here, and the documentation prints it.

export const limits = {
  bodyBytes: 1_048_576,
  /** Of address and headers together. */
  headerBytes: 16_384,
  /** How long a call may take to arrive. */
  arrivalMs: 30_000,
  /** How long who sent what cannot be read may take to hear so. */
  lingerMs: 1_000,
  linesPerQuote: 100,
  quantityPerLine: 20,
  holdSeconds: { default: 600, maximum: 900 },
  page: { default: 20, maximum: 100 },
  expansions: 4,
  reportedErrors: 20,
  idempotencyKeyLength: 255,
  /** How long an answer is kept for replay. */
  idempotencyHours: 24,
  /** After this long a call that never ended no longer blocks its key. */
  idempotencyLockSeconds: 30,
  /** How long a revoked key may still be taken for valid by a copy that has just seen it. */
  keyCacheMs: 3_000,
  /** How old catalogue, sites and machines may be when a quote is made. */
  factsCacheMs: 1_000,
  /** How old may be what a plan takes for free; what is not is found when it is held, and planned anew. */
  freeTimesCacheMs: 250,
  /** How long after that each plan reads for itself what is free. */
  carefulMs: 1_000,
  /** How soon an event stream asks a database again that was away. */
  readAgainMs: 500,
  /** How long a running order may take to answer an update. */
  updateDeadlineMs: 4_000,
  startDeadlineMs: 5_000,
  probeDeadlineMs: 2_000,
  keepAliveMs: 15_000,
  /** Longer than balancers and clients let a connection idle: were it we who close it, a call on its way were lost. */
  idleConnectionMs: 75_000,
  searchLength: 100,
  /** What a carrier tells of a parcel in one call. */
  carrierEventBytes: 16_384,
} as const

/** Calls a minute and key; each copy of the API counts its own. */
export const budgets = { quotes: 1_200, orders: 600, reads: 6_000 } as const
export type Budget = keyof typeof budgets
