// Sends plain-text mail over SMTP; the Message-ID is made from the caller's id, so that a repeat can be recognised.
import { createTransport } from 'nodemailer'

export interface Mail {
  /** Safe to repeat: the same messageId is the same Message-ID, by which receivers drop the second copy. */
  send(letter: Letter): Promise<void>
  close(): void
}

export interface Letter {
  messageId: string
  to: string
  subject: string
  text: string
}

export interface MailOptions {
  /** smtp://user:password@host:port or smtps://... */
  smtpUrl: string
  from: string
}

export function openMail({ smtpUrl, from }: MailOptions): Mail {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 4,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  })
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '')

  return {
    async send({ messageId, to, subject, text }) {
      await transport.sendMail({ messageId: `<${messageId}@${domain}>`, from, to, subject, text })
    },
    close: () => transport.close(),
  }
}
