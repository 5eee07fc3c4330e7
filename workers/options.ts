// How much a worker of workflows takes on at once: also of the bench that orders are measured against.

export const workerOptions = {
  workflowThreadPoolSize: 2,
  maxCachedWorkflows: 500,
  shutdownGraceTime: '10 seconds',
} as const
