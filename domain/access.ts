// Decides whether a buyer may have a restricted item: allow, deny, ask for credentials, or let a
// person review.
import { reason, ruledOut, scored, type Reason } from './decision.ts'
import type { Decision } from './model/order.ts'

export type AccessOutcome = 'allow' | 'deny' | 'ask' | 'review'

/**
 * What a restriction demands, as data; a policy is replaced by one with a higher version, never
 * edited.
 */
export interface AccessPolicy {
  restriction: string
  version: number
  deniedJurisdictions: readonly string[]
  /** Null allows every jurisdiction that is not denied. */
  allowedJurisdictions: readonly string[] | null
  minimumAge: number | null
  /** Any one of these kinds will do; none asks for nothing. */
  credentialKinds: readonly string[]
  /** The credential must have been issued where the buyer lives. */
  sameJurisdiction: boolean
  /** Issuers whose word is taken; a credential of any other goes to a person. */
  trustedIssuers: readonly string[]
}

export interface Credential {
  credentialId: string
  kind: string
  issuer: string
  jurisdiction: string
  validFromMs: number
  expiresAtMs: number | null
  revoked: boolean
}

export interface AccessFacts {
  /** The restriction of the item; null for what anybody may have. */
  restriction: string | null
  /** The policy in force for it; null when there is none. */
  policy: AccessPolicy | null
  jurisdiction: string | null
  ageYears: number | null
  credentials: readonly Credential[]
  nowMs: number
}

export interface AccessChoice {
  outcome: AccessOutcome
  /** The rule that decided. */
  rule: string
  details: Reason['details']
  decision: Decision
}

/** The first rule that has something to say decides; when none objects, the buyer may have it. */
export function decideAccess(facts: AccessFacts): AccessChoice {
  const { restriction, policy } = facts
  if (restriction === null) return settled('allow', reason('unrestricted'), [])
  // A restriction without a policy is a gap in the data: nobody is let through, and nobody is
  // turned away for it.
  if (policy === null) return settled('review', reason('policy_missing', { restriction }), [])

  const findings = rules.map((rule) => ({ name: rule.name, finding: rule.judge(facts, policy) }))
  const first = findings.find(({ finding }) => finding !== null)?.finding
  const candidates = findings.map(({ name, finding }) =>
    finding ? ruledOut(name, finding.why) : scored(name, {}, {}),
  )
  const passed = reason('all_rules_met', { restriction, version: policy.version })
  return settled(first?.outcome ?? 'allow', first?.why ?? passed, candidates)
}

interface Finding {
  outcome: Exclude<AccessOutcome, 'allow'>
  why: Reason
}

interface AccessRule {
  name: string
  judge(facts: AccessFacts, policy: AccessPolicy): Finding | null
}

const rules: readonly AccessRule[] = [
  { name: 'jurisdiction', judge: judgeJurisdiction },
  { name: 'age', judge: judgeAge },
  { name: 'credential', judge: judgeCredentials },
]

function judgeJurisdiction({ jurisdiction }: AccessFacts, policy: AccessPolicy): Finding | null {
  const { deniedJurisdictions, allowedJurisdictions } = policy
  if (deniedJurisdictions.length === 0 && allowedJurisdictions === null) return null
  if (jurisdiction === null) return { outcome: 'ask', why: reason('jurisdiction_unknown') }
  const denied = deniedJurisdictions.includes(jurisdiction)
  if (!denied && (allowedJurisdictions?.includes(jurisdiction) ?? true)) return null
  return { outcome: 'deny', why: reason('jurisdiction_denied', { jurisdiction }) }
}

function judgeAge({ ageYears }: AccessFacts, { minimumAge }: AccessPolicy): Finding | null {
  if (minimumAge === null) return null
  if (ageYears === null) return { outcome: 'ask', why: reason('age_unknown', { minimumAge }) }
  // The age itself is personal and stays out of the record.
  return ageYears >= minimumAge
    ? null
    : { outcome: 'deny', why: reason('under_age', { minimumAge }) }
}

/**
 * One good credential is enough. Of several bad ones the most hopeful speaks: review before ask
 * before deny.
 */
function judgeCredentials(facts: AccessFacts, policy: AccessPolicy): Finding | null {
  const { credentialKinds } = policy
  if (credentialKinds.length === 0) return null
  const shown = facts.credentials.filter(({ kind }) => credentialKinds.includes(kind))
  if (shown.length === 0) {
    const needed = credentialKinds.join(' or ')
    return { outcome: 'ask', why: reason('credential_missing', { needed }) }
  }
  const findings = shown.map((credential) => judgeCredential(credential, facts, policy))
  if (findings.includes(null)) return null
  const byHope = (['review', 'ask', 'deny'] as const).flatMap((outcome) =>
    findings.filter((finding) => finding?.outcome === outcome),
  )
  return byHope[0] ?? null
}

function judgeCredential(
  { credentialId, issuer, jurisdiction, validFromMs, expiresAtMs, revoked }: Credential,
  facts: AccessFacts,
  policy: AccessPolicy,
): Finding | null {
  const found = (outcome: Finding['outcome'], code: string, details: Reason['details'] = {}) => ({
    outcome,
    why: reason(code, { credentialId, ...details }),
  })
  if (revoked) return found('deny', 'credential_revoked')
  if (facts.nowMs < validFromMs) return found('ask', 'credential_not_valid_yet', { validFromMs })
  if (expiresAtMs !== null && facts.nowMs >= expiresAtMs) {
    return found('ask', 'credential_expired', { expiresAtMs })
  }
  if (policy.sameJurisdiction && jurisdiction !== facts.jurisdiction) {
    return found('ask', 'credential_from_elsewhere', { jurisdiction })
  }
  return policy.trustedIssuers.includes(issuer)
    ? null
    : found('review', 'issuer_not_trusted', { issuer })
}

function settled(
  outcome: AccessOutcome,
  why: Reason,
  candidates: Decision['candidates'],
): AccessChoice {
  const decision: Decision = { kind: 'access', chosen: outcome, candidates }
  return { outcome, rule: why.code, details: why.details, decision }
}
