// The simulated carrier as a process of its own: answers the platform's calls, and tells it what happens to parcels.
import { createServer } from 'node:http'
import { pino } from 'pino'
import { carrierProtocol } from './protocol.ts'
import { openCarrierSimulator } from './simulator.ts'
import { openParcelTeller } from './teller.ts'

const {
  CARRIER = 'fabpost',
  CARRIER_DIR: dir = '',
  CARRIER_KEY: key = '',
  CARRIER_SECRET: secret = '',
  CARRIER_EVENTS_URL: eventsUrl = '',
  CARRIER_HOST: host = '127.0.0.1',
} = process.env
const port = Number(process.env.CARRIER_PORT ?? 0)
const speed = Number(process.env.CARRIER_SPEED ?? 1)
const log = pino({ name: 'carrier', level: process.env.LOG_LEVEL ?? 'info' })

if (
  !dir ||
  !key ||
  !secret ||
  !URL.canParse(eventsUrl) ||
  !Number.isInteger(port) ||
  !(speed > 0)
) {
  log.fatal(
    'CARRIER_DIR, CARRIER_KEY, CARRIER_SECRET and CARRIER_EVENTS_URL must be set, ' +
      'CARRIER_PORT must be a port, CARRIER_SPEED a number above 0',
  )
  process.exit(1)
}

const simulator = openCarrierSimulator({ name: CARRIER, dir, speed })
const teller = openParcelTeller({ simulator, eventsUrl, secret, log })
const server = createServer(
  { requestTimeout: 10_000 },
  carrierProtocol({ carrier: simulator, key, onBooked: teller.wake, log }),
)

server.listen(port, host, () => {
  log.info({ address: server.address(), speed }, 'ready')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
    teller.close().then(
      () => simulator.close(),
      (error: unknown) => log.error({ err: error }, 'could not end in order'),
    )
  })
}
