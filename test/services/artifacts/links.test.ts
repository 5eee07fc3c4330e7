// A download link opens one artifact until its time is over, and no change to it opens anything else.
import { expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { checkLink, signLink } from '../../../services/artifacts/links.ts'

const dataKey = randomBytes(32)
const sha256 = '3f'.repeat(32)
const link = signLink({ sha256, expiresAtMs: 60_000 }, dataKey)

test('a link opens its artifact until it expires', () => {
  expect(link).toMatch(/^\/artifacts\/(3f){32}\?expires=60&signature=[\w-]{43}$/)
  expect(checkLink(link, dataKey, 59_999)).toEqual({ ok: true, sha256 })
  expect(checkLink(link, dataKey, 60_000)).toEqual({ ok: false, reason: 'expired' })
})

test.each([
  ['a later time', link.replace('expires=60', 'expires=61')],
  ['another artifact', link.replace('3f3f', '3f3e')],
  ['another signature', link.replace(/signature=..../, 'signature=AAAA')],
])('%s is forged', (_, forged) => {
  expect(checkLink(forged, dataKey, 0)).toEqual({ ok: false, reason: 'forged' })
})

test('a link of another platform is forged', () => {
  expect(checkLink(link, randomBytes(32), 0)).toEqual({ ok: false, reason: 'forged' })
})

test.each(['', '/artifacts/', link.slice(0, -1), `${link}&x=1`, link.replace('/artifacts', '/x')])(
  'what does not look like a link is not one: %s',
  (path) => {
    expect(checkLink(path, dataKey, 0)).toEqual({ ok: false, reason: 'malformed' })
  },
)
