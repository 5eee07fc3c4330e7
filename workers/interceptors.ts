// What every activity gets: a permanent failure is not retried and keeps its code and facts; what runs long heartbeats.
import { ApplicationFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { DomainError } from '../domain/failure.ts'

export const permanentFailures: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        const { message, code, facts } = error
        throw ApplicationFailure.create({
          message,
          type: code,
          nonRetryable: true,
          details: [facts],
        })
      }
    },
  },
})

/** A worker that is killed says no more, so that the activity is begun anew elsewhere long before its time is up. */
export const signsOfLife: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      const { heartbeatTimeoutMs } = context.info
      if (heartbeatTimeoutMs === undefined) return await next(input)
      const beat = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / 3)
      try {
        return await next(input)
      } finally {
        clearInterval(beat)
      }
    },
  },
})
