// Turns a permanent failure of an activity into one that Temporal does not retry, with its code and facts.
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
