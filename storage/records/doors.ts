// What comes in and goes out at the platform's doors: remembered API calls, device traffic,
// received mail, cached instructions, rules.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { createdAtColumn, idColumn, tenantPolicies, timeColumn } from '../columns.ts'

export const IdempotencyRecord = defineEntity({
  name: 'IdempotencyRecord',
  tableName: 'idempotency',
  properties: {
    storefrontId: p.text().primary(),
    method: p.text().primary(),
    path: p.text().primary(),
    key: p.text().primary(),
    fingerprint: p.blob(),
    state: p.enum(['running', 'done']).default('running'),
    status: p.integer().strictNullable(),
    headers: p.json<Record<string, string>>().strictNullable().default(null),
    /** The very bytes of the first answer, since a replay is byte-identical. */
    body: p.blob().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'idempotency_age', properties: ['createdAt'] }],
  checks: [{ name: 'idempotency_answer', expression: `(state = 'done') = (status is not null)` }],
  policies: tenantPolicies,
})
export type IdempotencyRecord = InferEntity<typeof IdempotencyRecord>

/** The inbox of the bridge: a report is kept once, whatever number of times the broker delivers it. */
export const DeviceEventRecord = defineEntity({
  name: 'DeviceEventRecord',
  tableName: 'device_event',
  properties: {
    source: p.text().primary(),
    bootId: p.text().primary(),
    evtSeq: p.bigint().primary(),
    type: p.text(),
    payload: p.json<Record<string, unknown>>(),
    receivedAt: createdAtColumn(),
    processedAt: timeColumn().strictNullable(),
  },
  indexes: [
    {
      name: 'device_event_waiting',
      expression:
        'create index "device_event_waiting" on "device_event" ("received_at") where (processed_at is null)',
    },
  ],
})
export type DeviceEventRecord = InferEntity<typeof DeviceEventRecord>

export const DeviceCommandRecord = defineEntity({
  name: 'DeviceCommandRecord',
  tableName: 'device_command',
  properties: {
    commandId: p.text().primary(),
    machineId: p.text(),
    jobId: p.text().strictNullable(),
    attempt: p.integer().strictNullable(),
    type: p.text(),
    payload: p.json<Record<string, unknown>>(),
    reply: p.json<Record<string, unknown>>().strictNullable().default(null),
    sentAt: createdAtColumn(),
    repliedAt: timeColumn().strictNullable(),
  },
  indexes: [{ name: 'device_command_job', properties: ['jobId', 'attempt'] }],
})
export type DeviceCommandRecord = InferEntity<typeof DeviceCommandRecord>

/** What the embedded mail server received; shown at /inbox. */
export const InboxMailRecord = defineEntity({
  name: 'InboxMailRecord',
  tableName: 'inbox_mail',
  properties: {
    id: idColumn(),
    messageId: p.text().unique('inbox_mail_message'),
    receivedAt: createdAtColumn(),
    sender: p.text(),
    recipient: p.text(),
    subject: p.text(),
    text: p.text(),
  },
  indexes: [{ name: 'inbox_mail_list', properties: ['receivedAt'] }],
})
export type InboxMailRecord = InferEntity<typeof InboxMailRecord>

export const InstructionsCacheRecord = defineEntity({
  name: 'InstructionsCacheRecord',
  tableName: 'instructions_cache',
  properties: {
    /** Hash of the mesh, the customization, the machine's profile and the slicer. */
    key: p.text().primary(),
    sha256: p.text(),
    sizeBytes: p.bigint(),
    grams: p.double(),
    seconds: p.double(),
    createdAt: createdAtColumn(),
  },
})
export type InstructionsCacheRecord = InferEntity<typeof InstructionsCacheRecord>

/** Weights and policies as data; a change is a new version with its reason. */
export const RulesRecord = defineEntity({
  name: 'RulesRecord',
  tableName: 'rules',
  properties: {
    kind: p.text().primary(),
    region: p.text().primary(),
    version: p.integer().primary(),
    data: p.json<Record<string, unknown>>(),
    reason: p.text(),
    /** Who changed them. */
    author: p.text().default('fabroute'),
    /** The earlier version whose data these are, where a change was taken back. */
    restoredVersion: p.integer().strictNullable(),
    /** The simulation on whose results they were accepted. */
    simulationId: p.text().strictNullable(),
    createdAt: createdAtColumn(),
  },
})
export type RulesRecord = InferEntity<typeof RulesRecord>
