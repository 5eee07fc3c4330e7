// The worker `simulations`: days of sweeps in threads on all cores; as many copies as there are machines to lend.
import { NativeConnection } from '@temporalio/worker'
import { pino } from 'pino'
import { simulationsWorkerConfig } from '../config.ts'
import { openHeartbeat } from '../devices/heartbeat.ts'
import { plantContext } from '../simulations/commands/plantContext.ts'
import { programHash } from '../simulations/experiments/program.ts'
import { openSimulations } from './openSimulations.ts'
import { stopOnSignal } from './stopOnSignal.ts'

const config = simulationsWorkerConfig()
const log = pino({ name: 'simulations', level: config.logLevel })

const [connection, program] = await Promise.all([
  NativeConnection.connect({ address: config.temporalAddress }),
  programHash(),
])
const simulations = await openSimulations({
  connection,
  namespace: config.temporalNamespace,
  program,
  threads: config.simulationThreads ?? undefined,
  ...plantContext,
})
const heartbeat = openHeartbeat({
  file: config.heartbeatFile,
  isWell: async () => simulations.isWell(),
  log,
})
stopOnSignal(simulations.shutdown)

log.info({ threads: simulations.atOnce, program }, 'ready')
await simulations.run()
await heartbeat.stop()
await connection.close()
