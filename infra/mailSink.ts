// The embedded mail server: a process that takes whatever is sent and writes it to the inbox in the database.
import { createHash } from 'node:crypto'
import { Pool } from 'pg'
import { pino } from 'pino'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

const port = Number(process.env.SMTP_PORT ?? 0)
const host = process.env.SMTP_HOST ?? '127.0.0.1'
const databaseUrl = process.env.DATABASE_URL ?? ''
const maxMailBytes = 1_000_000
const log = pino({ name: 'mail' })

if (!databaseUrl || !Number.isInteger(port)) {
  log.fatal('DATABASE_URL must name the database of the inbox, SMTP_PORT the port')
  process.exit(1)
}

const database = new Pool({
  connectionString: databaseUrl,
  max: 4,
  connectionTimeoutMillis: 10_000,
  query_timeout: 10_000,
})
// A connection that breaks while idle is replaced when the next mail comes.
database.on('error', (error) => log.warn({ err: error }, 'the database went away'))

const server = new SMTPServer({
  name: 'fabroute',
  banner: 'embedded inbox: nothing leaves this machine',
  disabledCommands: ['AUTH', 'STARTTLS'],
  size: maxMailBytes,
  logger: false,
  onData(stream, session, done) {
    void take(stream, session, done)
  },
})

server.on('error', (error) => {
  if (server.server.listening) return log.warn({ err: error }, 'a connection broke off')
  log.fatal({ err: error }, 'cannot listen')
  process.exit(1)
})
server.listen(port, host, () => {
  log.info({ address: server.server.address() }, 'ready')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => void database.end())
  })
}

async function take(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  done: (error?: Error) => void,
): Promise<void> {
  try {
    await keep(stream, session)
    done()
  } catch (error) {
    log.warn({ err: error }, 'a mail was turned away')
    done(asReply(error))
  }
}

async function keep(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
  const raw = await wholeOf(stream)
  const mail = await PostalMime.parse(raw)
  const messageId = mail.messageId ?? `<${createHash('sha256').update(raw).digest('hex')}@unnamed>`
  const id = `mail_${createHash('sha256').update(messageId).digest('hex').slice(0, 26)}`
  const row = [id, messageId, ...envelopeOf(session), storable(mail.subject), textOf(mail)]
  // The sender repeats what it is not sure of: a Message-ID is in the inbox once.
  const { rowCount } = await database.query(
    `insert into inbox_mail (id, message_id, received_at, sender, recipient, subject, text)
     values ($1, $2, now(), $3, $4, $5, $6) on conflict do nothing`,
    row,
  )
  log.info({ id, repeated: rowCount === 0 }, 'kept')
}

async function wholeOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    // Read to the end in any case: the answer belongs after the last byte.
    if (length <= maxMailBytes) chunks.push(chunk)
  }
  if (length > maxMailBytes) throw new TooLarge(`a mail has at most ${maxMailBytes} bytes`)
  return Buffer.concat(chunks)
}

function envelopeOf({ envelope }: SMTPServerSession): [sender: string, recipient: string] {
  const sender = envelope.mailFrom ? envelope.mailFrom.address : ''
  return [sender, envelope.rcptTo.map(({ address }) => address).join(', ')]
}

function textOf({ text, html }: Email): string {
  return storable(text ?? html)
}

/** PostgreSQL's text cannot hold the character nought. */
function storable(text = ''): string {
  return text.replaceAll('\u0000', '')
}

class TooLarge extends Error {}

/** Whatever fails here may work later, as after a restart of the database: only 4xx makes the sender try again. */
function asReply(error: unknown): Error {
  const [responseCode, reply] =
    error instanceof TooLarge ? [552, error.message] : [451, 'the inbox is not there just now']
  return Object.assign(new Error(reply), { responseCode })
}
