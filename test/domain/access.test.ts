// Who may have a restricted item, and whether a licence still gives a use: each rule with its word.
import { expect, test } from '@jest/globals'
import {
  decideAccess,
  type AccessFacts,
  type AccessPolicy,
  type Credential,
} from '../../domain/access.ts'
import { takeLicenceUse, type LicenceTerms } from '../../domain/licence.ts'
import { minutesFromNow, nowMs } from './facts.ts'

const policy: AccessPolicy = {
  restriction: 'medical',
  version: 3,
  deniedJurisdictions: ['US-XX'],
  allowedJurisdictions: null,
  minimumAge: 18,
  credentialKinds: ['medical_licence', 'clinic_code'],
  sameJurisdiction: true,
  trustedIssuers: ['board'],
}
const licence: Credential = {
  credentialId: 'crd_1',
  kind: 'medical_licence',
  issuer: 'board',
  jurisdiction: 'US-WA',
  validFromMs: minutesFromNow(-100),
  expiresAtMs: minutesFromNow(100),
  revoked: false,
}
const doctor: AccessFacts = {
  restriction: 'medical',
  policy,
  jurisdiction: 'US-WA',
  ageYears: 40,
  credentials: [licence],
  nowMs,
}

test.each<[string, string, Partial<AccessFacts>]>([
  ['allow', 'unrestricted', { restriction: null, policy: null }],
  ['review', 'policy_missing', { policy: null }],
  ['allow', 'all_rules_met', {}],
  ['ask', 'jurisdiction_unknown', { jurisdiction: null }],
  ['deny', 'jurisdiction_denied', { jurisdiction: 'US-XX' }],
  [
    'deny',
    'jurisdiction_denied',
    { policy: { ...policy, allowedJurisdictions: ['US-OR'], deniedJurisdictions: [] } },
  ],
  ['ask', 'age_unknown', { ageYears: null }],
  ['deny', 'under_age', { ageYears: 17 }],
  ['allow', 'all_rules_met', { ageYears: 18 }],
  ['ask', 'credential_missing', { credentials: [] }],
  ['ask', 'credential_missing', { credentials: [{ ...licence, kind: 'driving_licence' }] }],
  ['ask', 'credential_expired', { nowMs: minutesFromNow(100) }],
  ['ask', 'credential_not_valid_yet', { nowMs: minutesFromNow(-101) }],
  ['ask', 'credential_from_elsewhere', { credentials: [{ ...licence, jurisdiction: 'US-OR' }] }],
  ['review', 'issuer_not_trusted', { credentials: [{ ...licence, issuer: 'someone' }] }],
  ['deny', 'credential_revoked', { credentials: [{ ...licence, revoked: true }] }],
  ['allow', 'all_rules_met', { credentials: [{ ...licence, revoked: true }, licence] }],
  [
    'review',
    'issuer_not_trusted',
    {
      credentials: [
        { ...licence, revoked: true },
        { ...licence, issuer: 'someone' },
      ],
    },
  ],
])('the answer is %s because of %s', (outcome, rule, changes) => {
  const choice = decideAccess({ ...doctor, ...changes })
  expect(choice).toMatchObject({ outcome, rule, decision: { kind: 'access', chosen: outcome } })
})

test('the record names every rule and no personal fact', () => {
  const { decision, details } = decideAccess({ ...doctor, ageYears: 17 })
  expect(decision.candidates.map(({ id, reason }) => [id, reason])).toEqual([
    ['jurisdiction', null],
    ['age', 'under_age'],
    ['credential', null],
  ])
  expect(JSON.stringify([decision, details])).not.toContain('17')
})

const terms: LicenceTerms = {
  licenceId: 'lic_1',
  usesLeft: 1n,
  opensAtMs: minutesFromNow(-10),
  closesAtMs: minutesFromNow(10),
  minutesFromFirstUse: 60,
  firstUsedAtMs: minutesFromNow(-30),
  maxMakingMinutes: 15,
  revoked: false,
}
const use = { orderId: 'ord_1', uses: 1n, makingMinutes: 12, atMs: nowMs }

test.each<[string, Partial<LicenceTerms>]>([
  ['licence_revoked', { revoked: true }],
  ['licence_not_open_yet', { opensAtMs: nowMs + 1 }],
  ['licence_closed', { closesAtMs: nowMs }],
  ['licence_window_over', { firstUsedAtMs: minutesFromNow(-60) }],
  ['making_too_long', { maxMakingMinutes: 11 }],
  ['licence_exhausted', { usesLeft: 0n }],
])('a use is refused for %s', (code, changes) => {
  expect(takeLicenceUse({ ...terms, ...changes }, use)).toMatchObject({
    allowed: false,
    why: { code },
  })
})

test('the last use may be taken, and the posting guards it against a second taker', () => {
  expect(takeLicenceUse(terms, use)).toEqual({
    allowed: true,
    postings: [
      { book: 'licence', unit: 'lic_1', account: 'licence/lic_1/left', amount: -1n, floor: 0n },
      { book: 'licence', unit: 'lic_1', account: 'order/ord_1/uses', amount: 1n, floor: 0n },
    ],
  })
})

test('a licence without a number of uses takes nothing from the ledger', () => {
  expect(takeLicenceUse({ ...terms, usesLeft: null }, use)).toEqual({ allowed: true, postings: [] })
})
