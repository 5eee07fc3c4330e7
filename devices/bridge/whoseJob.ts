// Knows whose part a job is: read once from its row, since that never changes.
import type { Storage } from '../../storage/storage.ts'

/** Of so many jobs at most it is remembered. */
const REMEMBERED = 10_000

export function whoseJob({ sql }: Pick<Storage, 'sql'>): (jobId: string) => Promise<string | null> {
  const known = new Map<string, string>()
  return async (jobId) => {
    const before = known.get(jobId)
    if (before !== undefined) return before
    const [job] = await sql<{ fulfilmentId: string }>(
      `select fulfilment_id as "fulfilmentId" from job where id = $1`,
      [jobId],
    )
    if (!job) return null
    const [oldest] = known.keys()
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest)
    known.set(jobId, job.fulfilmentId)
    return job.fulfilmentId
  }
}
