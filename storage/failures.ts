// Tells what an error of the database means: a refusal from the catalogue, a conflict that trying
// again solves, or neither.
import {
  DomainError,
  failureCatalogue,
  type FailureCode,
  type FailureFacts,
} from '../domain/failure.ts'

/** Functions of the schema refuse with this SQLSTATE: the message is the code, the detail its facts as JSON. */
const refusal = 'FB000'
const conflicts = new Set(['40001', '40P01'])
const constraintCodes: Record<string, FailureCode> = {
  ledger_account_floor: 'ledger_floor',
  reservation_no_overlap: 'capacity_taken',
}

interface DatabaseError {
  code?: string
  constraint?: string
  detail?: string
  message: string
}

export function asDomainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code, constraint, detail } = error as DatabaseError
  const { message } = error
  if (code === refusal && isFailureCode(message)) {
    const facts: FailureFacts = detail === undefined ? {} : JSON.parse(detail)
    return new DomainError(message, facts)
  }
  const known = constraint === undefined ? undefined : constraintCodes[constraint]
  return known === undefined ? error : new DomainError(known)
}

function isFailureCode(text: string): text is FailureCode {
  return text in failureCatalogue
}

/** Serialization failure or deadlock: the same transaction may well succeed when it is run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && conflicts.has((error as DatabaseError).code ?? '')
}
