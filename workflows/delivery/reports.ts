// What trucks, lockers and carriers reported about a fulfilment: kept until a step asks, each report once.
import { condition, setHandler } from '@temporalio/workflow'
import type { Duration } from '@temporalio/common'
import type { DeliveryReport } from '../../domain/model/report.ts'
import { deliveryReportedSignal } from '../messages.ts'

type Kind = DeliveryReport['kind']

export interface DeliveryReports {
  /** The next report of one of the kinds, or null when none comes in time; the timer says what is waited for. */
  /** Drops what was reported of an earlier try. */
  forget(kinds: readonly Kind[]): void
  has(kind: Kind): boolean
  next(kinds: readonly Kind[], within: Duration, summary: string): Promise<DeliveryReport | null>
}

export function deliveryReports(): DeliveryReports {
  const seen = new Set<string>()
  const waiting: DeliveryReport[] = []

  setHandler(
    deliveryReportedSignal,
    (report) => {
      if (seen.has(report.reportId)) return
      seen.add(report.reportId)
      waiting.push(report)
    },
    {
      description:
        'A truck, a locker or a carrier says what happened to the goods: {kind, reportId, atMs}.',
    },
  )

  return {
    forget(kinds) {
      const kept = waiting.filter((report) => !kinds.includes(report.kind))
      waiting.splice(0, waiting.length, ...kept)
    },
    has: (kind) => waiting.some((report) => report.kind === kind),
    async next(kinds, within, summary) {
      const at = () => waiting.findIndex((report) => kinds.includes(report.kind))
      if (at() < 0 && !(await condition(() => at() >= 0, within, { summary }))) return null
      return waiting.splice(at(), 1)[0] ?? null
    },
  }
}
