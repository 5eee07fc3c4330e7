// Mail that is sent arrives in the inbox, once each, also when the database was away in between.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Client } from 'pg'
import { openMail, type Mail } from '../../../services/mail/mail.ts'
import { postgresForTest, type TestDatabase } from '../../support/platform.ts'
import { readyLine } from '../../support/readyLine.ts'

let database: TestDatabase
let inbox: Client
let sink: ChildProcess
let mail: Mail

beforeAll(async () => {
  database = await postgresForTest()
  inbox = new Client({ connectionString: database.url })
  await inbox.connect()
  sink = spawn(process.execPath, ['infra/mailSink.ts'], {
    env: { ...process.env, SMTP_PORT: '0', DATABASE_URL: database.url },
  })
  const { address } = await readyLine<{ address: { port: number } }>(sink)
  mail = openMail({ smtpUrl: `smtp://127.0.0.1:${address.port}`, from: 'Shop <shop@fab.example>' })
})

afterAll(async () => {
  mail.close()
  sink.kill()
  await once(sink, 'exit')
  await inbox.end()
  await database.drop()
})

beforeEach(async () => {
  await inbox.query('delete from inbox_mail')
})

const received = async () => {
  const { rows } = await inbox.query(
    'select message_id, sender, recipient, subject, text from inbox_mail order by received_at',
  )
  return rows
}
const letter = (messageId: string) => ({
  messageId,
  to: 'anna@example.com',
  subject: 'Ready for pick-up: Türgriff, “oak”',
  text: `Access code: 4711\n.\nA line of ${'very '.repeat(60)}long words.\nSchöne Grüße ✓\n`,
})

test('a mail arrives with its words as they were written', async () => {
  const sent = letter('ntc_1')
  await mail.send(sent)
  expect(await received()).toEqual([
    {
      message_id: '<ntc_1@fab.example>',
      sender: 'shop@fab.example',
      recipient: 'anna@example.com',
      subject: sent.subject,
      text: sent.text,
    },
  ])
})

test('the same mail sent again, also at once, is in the inbox once', async () => {
  const letters = ['ntc_2', 'ntc_2', 'ntc_2', 'ntc_3'].map(letter)
  await Promise.all(letters.map((each) => mail.send(each)))
  await mail.send(letter('ntc_2'))
  expect(await received()).toHaveLength(2)
})

test('a subject cannot smuggle in another header or recipient', async () => {
  await mail.send({ ...letter('ntc_4'), subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nBody' })
  expect(await received()).toMatchObject([{ recipient: 'anna@example.com' }])
  expect((await received())[0].text).toContain('Access code: 4711')
})

test('while the database is away the sender is told to try again, and then may', async () => {
  const admin = new Client({ connectionString: databaseNextTo(database.url) })
  await admin.connect()
  const name = new URL(database.url).pathname.slice(1)
  const away = async (isAway: boolean) => {
    await admin.query(`alter database "${name}" allow_connections ${!isAway}`)
  }
  try {
    await away(true)
    await admin.query(
      'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and pid <> $2',
      [name, inboxPid(inbox)],
    )
    await expect(mail.send(letter('ntc_5'))).rejects.toMatchObject({ responseCode: 451 })
    await away(false)
    await mail.send(letter('ntc_5'))
    expect(await received()).toHaveLength(1)
  } finally {
    await away(false)
    await admin.end()
  }
})

test('a mail that is too large is refused for good', async () => {
  const sent = mail.send({ ...letter('ntc_6'), text: 'x'.repeat(1_100_000) })
  await expect(sent).rejects.toMatchObject({ responseCode: 552 })
  expect(await received()).toEqual([])
})

function databaseNextTo(url: string): string {
  const other = new URL(url)
  other.pathname = '/postgres'
  return other.href
}

/** The driver knows the process id of its connection; its types do not say so. */
function inboxPid(client: Client): number {
  return 'processID' in client ? Number(client.processID) : 0
}
