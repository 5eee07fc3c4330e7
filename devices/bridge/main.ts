// The bridge's process: between the broker, the database and Temporal, until it is told to end.
import { pino } from 'pino'
import { bridgeConfig } from '../../config.ts'
import { openStorage } from '../../storage/storage.ts'
import { openHeartbeat } from '../heartbeat.ts'
import { openBridge } from './bridge.ts'
import { temporalReports } from './reports.ts'
import { whoseJob } from './whoseJob.ts'

const config = bridgeConfig()
const log = pino({ name: 'bridge', level: config.logLevel })
const storage = await openStorage({
  url: config.databaseUrl,
  applicationName: 'bridge',
  poolSize: 4,
})
const reports = temporalReports({
  address: config.temporalAddress,
  namespace: config.temporalNamespace,
  fulfilmentOf: whoseJob(storage),
})
const bridge = openBridge({
  mqttUrl: config.mqttUrl,
  tls: config.mqttTls,
  storage,
  reports,
  onReady: () => log.info('ready'),
  log,
})

const heartbeat = openHeartbeat({ file: config.heartbeatFile, isWell: bridge.isWell, log })

async function stop(): Promise<void> {
  await heartbeat.stop()
  await bridge.close()
  await reports.close()
  await storage.close()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not end in order')
        process.exit(1)
      },
    )
  })
}
