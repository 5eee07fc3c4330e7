// Starts the API: reads the configuration, wires the parts, listens, and on SIGTERM lets running calls finish.
import { once } from 'node:events'
import { pino } from 'pino'
import { apiConfig } from '../config.ts'
import { routes } from './routes.ts'
import { createApiServer } from './server.ts'
import { wire } from './wiring.ts'

/** Calls that take longer than this when the process is told to stop are cut off. */
const drainMs = 10_000

const config = apiConfig()
const log = pino({ level: config.logLevel, base: { process: 'api' } })
const { deps, stopStreams, close } = await wire(config, log)
const server = createApiServer(routes, deps)

let isStopping = false
async function stop(signal: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  log.info({ signal }, 'stopping')
  const closed = once(server, 'close')
  server.close()
  stopStreams()
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearTimeout(cut)
  await close()
  log.info('stopped')
}
process.on('SIGTERM', () => void stop('SIGTERM'))
process.on('SIGINT', () => void stop('SIGINT'))

server.listen(config.port, config.host)
await once(server, 'listening')
log.info({ url: `http://${config.host}:${config.port}` }, 'ready')
