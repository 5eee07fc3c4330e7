// Student's distribution: its probabilities and its quantiles.

/** Intervals ask for the same ones again and again, and each takes a thousand steps to find. */
const known = new Map<string, number>()
const knownAtMost = 10_000

export function studentQuantile(probability: number, freedom: number): number {
  const key = `${probability} ${freedom}`
  const found = known.get(key) ?? foundQuantile(probability, freedom)
  if (known.size >= knownAtMost) known.clear()
  known.set(key, found)
  return found
}

function foundQuantile(probability: number, freedom: number): number {
  if (!(probability > 0 && probability < 1 && freedom > 0)) {
    throw new RangeError(`Student's distribution has no quantile ${probability} for ${freedom}`)
  }
  if (probability < 0.5) return -studentQuantile(1 - probability, freedom)
  let [low, high] = [0, 1]
  while (studentProbability(high, freedom) < probability) [low, high] = [high, high * 2]
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentProbability(middle, freedom) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Of a value up to `t`. */
export function studentProbability(t: number, freedom: number): number {
  const beyond = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  return t < 0 ? beyond : 1 - beyond
}

/** Regularized. The continued fraction (DLMF 8.17.22) converges fast on one side of the mean only. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  return (Math.exp(front) * betaFraction(x, a, b)) / a
}

/** By Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let upper = 1
  let lower = 1 / (1 - ((a + b) * x) / (a + 1))
  let fraction = lower
  for (let m = 1; m < 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    lower = 1 / (1 + even * lower)
    upper = 1 + even / upper
    fraction *= lower * upper
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    lower = 1 / (1 + odd * lower)
    upper = 1 + odd / upper
    fraction *= lower * upper
    if (Math.abs(lower * upper - 1) < 1e-15) break
  }
  return fraction
}

/** Stirling's series, after the argument was lifted to where eight digits of it give sixteen. */
function logGamma(x: number): number {
  let lift = 0
  let z = x
  for (; z < 12; z += 1) lift += Math.log(z)
  const square = z * z
  const series =
    (1 / 12 -
      (1 / 360 - (1 / 1_260 - (1 / 1_680 - 1 / 1_188 / square) / square) / square) / square) /
    z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - lift
}
