// The worker `geometry`: checks, adapts and slices models; CPU-bound, so apart from the orders.
import { NativeConnection, Worker } from '@temporalio/worker'
import { pino } from 'pino'
import { geometryActivities } from '../activities/index.ts'
import { geometryWorkerConfig } from '../config.ts'
import { openHeartbeat } from '../devices/heartbeat.ts'
import { openArtifactFiles } from '../services/artifacts/files.ts'
import { openEmbeddedSlicer } from '../services/slicer/embedded.ts'
import { openSuppliers } from '../services/supplier/http.ts'
import { openStorage } from '../storage/storage.ts'
import { taskQueues } from '../workflows/messages.ts'
import { permanentFailures, signsOfLife } from './interceptors.ts'
import { isWell } from './isWell.ts'
import { stopOnSignal } from './stopOnSignal.ts'

const config = geometryWorkerConfig()
const log = pino({ name: 'geometry', level: config.logLevel })

const [storage, connection] = await Promise.all([
  openStorage({ url: config.databaseUrl, applicationName: 'geometry', poolSize: 4 }),
  NativeConnection.connect({ address: config.temporalAddress }),
])
const activities = geometryActivities({
  storage,
  artifacts: openArtifactFiles({
    dir: config.artifactsDir,
    dataKey: Buffer.from(config.dataKey, 'hex'),
  }),
  suppliers: openSuppliers({ allowPrivateAddresses: config.suppliersOnPrivateAddresses }),
  slicer: openEmbeddedSlicer(),
})

const worker = await Worker.create({
  connection,
  namespace: config.temporalNamespace,
  taskQueue: taskQueues.geometry,
  activities,
  interceptors: { activity: [permanentFailures, signsOfLife] },
  maxConcurrentActivityTaskExecutions: 2,
  shutdownGraceTime: '30 seconds',
})
const heartbeat = openHeartbeat({
  file: config.heartbeatFile,
  isWell: () => isWell(worker, storage),
  log,
})
stopOnSignal(() => worker.shutdown())

log.info('ready')
await worker.run()
await heartbeat.stop()
await connection.close()
await storage.close()
