// What an order is measured against: a workflow of eight activities that do nothing, and a child of four.
import { executeChild, proxyActivities } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing: () => Promise<void> }>({
  startToCloseTimeout: '30 seconds',
})

export async function bare(): Promise<void> {
  await times(4)
  await executeChild(bareChild)
  await times(4)
}

export async function bareChild(): Promise<void> {
  await times(4)
}

async function times(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await nothing()
}
