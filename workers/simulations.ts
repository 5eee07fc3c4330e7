// The worker `simulations`: days of sweeps in threads on all cores, and with a database what the API is asked for.
import { NativeConnection } from '@temporalio/worker'
import { pino } from 'pino'
import { simulationsWorkerConfig } from '../config.ts'
import { openHeartbeat } from '../devices/heartbeat.ts'
import { openArtifactFiles } from '../services/artifacts/files.ts'
import { plantContext } from '../simulations/commands/plantContext.ts'
import { programHash } from '../simulations/experiments/program.ts'
import { openStorage } from '../storage/storage.ts'
import { openExperiments } from './openExperiments.ts'
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
const experiments = config.experiments && (await openExperimentsHere(config.experiments))
const heartbeat = openHeartbeat({
  file: config.heartbeatFile,
  isWell: async () => simulations.isWell(),
  log,
})
stopOnSignal(() => {
  simulations.shutdown()
  experiments?.shutdown()
})

log.info({ threads: simulations.atOnce, program }, 'ready')
// Where one of them fails the process ends, and whoever supervises it starts another.
await Promise.all([simulations.run(), experiments?.run()])
await heartbeat.stop()
await experiments?.close()
await connection.close()

async function openExperimentsHere(at: NonNullable<typeof config.experiments>) {
  const { databaseUrl: url, dataKey, artifactsDir: dir } = at
  const storage = await openStorage({ url, applicationName: 'simulations', poolSize: 4 })
  const worker = await openExperiments({
    connection,
    namespace: config.temporalNamespace,
    storage,
    artifacts: openArtifactFiles({ dir, dataKey: Buffer.from(dataKey, 'hex') }),
    threads: config.simulationThreads ?? undefined,
    ...plantContext,
  })
  return { ...worker, close: storage.close }
}
