// Runs works side by side; when one fails the others are cancelled and waited for, so that none goes on alone.
import { CancellationScope, isCancellation } from '@temporalio/workflow'

export async function together<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const scope = new CancellationScope()
  const ends = await scope.run(() =>
    Promise.allSettled(
      works.map((work) =>
        work().catch((error: unknown) => {
          scope.cancel()
          throw error
        }),
      ),
    ),
  )
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (failures.length > 0) throw failures.find((failure) => !isCancellation(failure)) ?? failures[0]
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
}
