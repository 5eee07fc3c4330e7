// The smallest workflow that has something made: one activity that somebody else completes.
import { proxyActivities } from '@temporalio/workflow'

const { make } = proxyActivities<{ make: () => Promise<{ grams: number }> }>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '5 minutes',
  retry: { maximumAttempts: 1 },
})

export async function makeOnce(activityId: string): Promise<number> {
  const made = await make.executeWithOptions({ activityId }, [])
  return made.grams
}
