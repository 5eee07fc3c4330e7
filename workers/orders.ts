// The worker `orders`: runs the workflows and their effects, starts lost orders, and sends the notices.
import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { pino } from 'pino'
import { ordersActivities } from '../activities/index.ts'
import { ordersWorkerConfig } from '../config.ts'
import { openCommands } from '../devices/commands.ts'
import { openHeartbeat } from '../devices/heartbeat.ts'
import { openArtifactFiles } from '../services/artifacts/files.ts'
import { signLink } from '../services/artifacts/links.ts'
import { openHttpCarrier } from '../services/carrier/http.ts'
import { openMail } from '../services/mail/mail.ts'
import { openPayments } from '../services/payment/simulator.ts'
import { openRouter } from '../services/router/open.ts'
import { travelPlanner } from '../services/router/travel.ts'
import { embeddedSlicerId } from '../services/slicer/embedded.ts'
import { openStorage } from '../storage/storage.ts'
import { taskQueues } from '../workflows/messages.ts'
import { bundleWorkflows } from './bundle.ts'
import { temporalDispatchers } from './dispatchers.ts'
import { permanentFailures, signsOfLife } from './interceptors.ts'
import { isWell } from './isWell.ts'
import { startMailer } from './mailer.ts'
import { workerOptions } from './options.ts'
import { startRelay } from './relay.ts'
import { startStopLists } from './stopLists.ts'
import { stopOnSignal } from './stopOnSignal.ts'

const config = ordersWorkerConfig()
const log = pino({ name: 'orders', level: config.logLevel })
const dataKey = Buffer.from(config.dataKey, 'hex')
const linkLastsMs = 3600e3

let brokerIsBack = () => {}
const [workflowBundle, storage, router, commands, nativeConnection, connection] = await Promise.all(
  [
    bundleWorkflows(),
    openStorage({
      url: config.databaseUrl,
      dataKey: config.dataKey,
      applicationName: 'orders',
      poolSize: 8,
    }),
    openRouter({ mapPath: config.mapPath, osrmUrl: config.osrmUrl ?? undefined }),
    openCommands({
      mqttUrl: config.mqttUrl,
      tls: config.mqttTls,
      clientId: `orders-${randomUUID().slice(0, 8)}`,
      onReady: () => brokerIsBack(),
      onTrouble: (error) => log.warn({ err: error }, 'trouble with the broker'),
    }),
    NativeConnection.connect({ address: config.temporalAddress }),
    Connection.connect({ address: config.temporalAddress }),
  ],
)
const client = new Client({ connection, namespace: config.temporalNamespace })
const mail = openMail({ smtpUrl: config.smtpUrl, from: 'Fabroute <orders@fabroute.example>' })
const payments = openPayments({ dir: config.paymentsDir })

const { carrier: name, carrierUrl, carrierKey } = config
const carrier = carrierUrl ? openHttpCarrier({ name, url: carrierUrl, key: carrierKey }) : null

const activities = ordersActivities({
  storage,
  payments,
  carrier,
  travel: travelPlanner(router),
  dispatchers: temporalDispatchers(client),
  commands,
  artifacts: openArtifactFiles({ dir: config.artifactsDir, dataKey }),
  slicer: embeddedSlicerId,
  linkTo: (sha256) =>
    config.artifactsUrl + signLink({ sha256, expiresAtMs: Date.now() + linkLastsMs }, dataKey),
  nowMs: Date.now,
})

const worker = await Worker.create({
  connection: nativeConnection,
  namespace: config.temporalNamespace,
  taskQueue: taskQueues.orders,
  workflowBundle,
  activities,
  interceptors: { activity: [permanentFailures, signsOfLife] },
  ...workerOptions,
})
const relay = startRelay({ storage, client, log })
const mailer = await startMailer({ storage, mail, log })
const stopLists = await startStopLists({ storage, router, commands, log })
brokerIsBack = () => stopLists.sendAll()
const heartbeat = openHeartbeat({
  file: config.heartbeatFile,
  isWell: () => isWell(worker, storage),
  log,
})
stopOnSignal(() => worker.shutdown())

log.info('ready')
await worker.run()
await Promise.all([heartbeat.stop(), relay.stop(), mailer.stop(), stopLists.stop()])
await Promise.all([
  commands.close(),
  router.close(),
  payments.close(),
  carrier?.close(),
  connection.close(),
  nativeConnection.close(),
])
mail.close()
await storage.close()
