// The gateway's process: reads its place and profile, runs until it is told to end.
import { pino } from 'pino'
import { gatewayConfig } from '../../config.ts'
import { openHeartbeat } from '../heartbeat.ts'
import { openGateway } from './gateway.ts'
import { readProfile } from './profile.ts'

const config = gatewayConfig()
const log = pino({ level: config.logLevel }).child({ gatewayId: config.gatewayId })
const profile = readProfile(config.plantPath)
if (profile.siteId !== config.siteId) {
  throw new Error(
    `The profile is of site ${profile.siteId}, the gateway stands at ${config.siteId}`,
  )
}

const gateway = openGateway({
  gatewayId: config.gatewayId,
  dir: config.stateDir,
  mqttUrl: config.mqttUrl,
  tls: config.mqttTls,
  profile,
  onReady: () => log.info({ machines: profile.machines.length }, 'ready'),
  onTrouble: (error) => log.warn({ err: error }, 'trouble'),
})

const heartbeat = openHeartbeat({ file: config.heartbeatFile, isWell: gateway.isWell, log })

async function stop(): Promise<void> {
  await heartbeat.stop()
  await gateway.close()
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
