// Expects that some work fails for good, with the code and the facts that it should give.
import { expect } from '@jest/globals'
import { DomainError, type FailureCode } from '../../domain/failure.ts'

export async function expectFailure(
  work: Promise<unknown>,
  code: FailureCode,
  facts: Record<string, unknown> = {},
): Promise<void> {
  const failure = await failureOf(work)
  expect(failure).toBeInstanceOf(DomainError)
  expect(failure).toMatchObject({ code, facts })
}

export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}
