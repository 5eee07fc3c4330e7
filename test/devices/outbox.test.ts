// The outbox of a gateway: what could not be sent is not overtaken by what comes after it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdirSync } from 'node:fs'
import type { Outcome } from '../../devices/link.ts'
import { openLedger, type Ledger } from '../../devices/gateway/ledger.ts'
import { openOutbox, type Outbox } from '../../devices/gateway/outbox.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

let ledger: Ledger
let outbox: Outbox
let outcome: Outcome
let taken: string[]
let offline: number

beforeEach(() => {
  const dir = testDir('outbox')
  mkdirSync(dir, { recursive: true })
  ledger = openLedger(dir, 1)
  taken = []
  offline = 0
  outbox = openOutbox(ledger, {
    publish: async (topic) => {
      if (outcome === 'offline') offline += 1
      else taken.push(topic)
      return await Promise.resolve(outcome)
    },
  })
})

afterEach(() => {
  outbox.close()
  ledger.close()
})

test('an event without a connection goes first when there is one', async () => {
  outcome = 'offline'
  outbox.append('started', null, {})
  await until(() => offline > 0)
  outcome = 'acknowledged'
  outbox.append('finished', null, {})
  await until(() => taken.includes('finished'))
  expect(taken).toEqual(['started', 'finished'])
})
