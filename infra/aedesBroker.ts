// The embedded broker as a process: MQTT 5 for one machine, kept in memory, for one user.
import { timingSafeEqual, createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const port = Number(process.argv[2])
const user = process.env['BROKER_USER'] ?? ''
const password = process.env['BROKER_PASSWORD'] ?? ''

const broker = await Aedes.createBroker()
broker.authenticate = (_client, givenUser, givenPassword, done) => {
  done(null, givenUser === user && same(givenPassword ?? Buffer.alloc(0), Buffer.from(password)))
}
const server = createServer({ noDelay: true }, broker.handle)
server.listen(port, '127.0.0.1')

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close()
    broker.close(() => process.exit(0))
  })
}

function same(given: Buffer, wanted: Buffer): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
