// A worker of the task queue `simulations` as a process of its own, which a test may kill; its days are queues.
import { NativeConnection } from '@temporalio/worker'
import { openSimulations } from '../../../workers/openSimulations.ts'
import { stopOnSignal } from '../../../workers/stopOnSignal.ts'
import { checkQueue } from './sweeps.ts'

const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = process.env
const model = process.env['STUCK_FILE']
  ? new URL('./stuckQueueModel.ts', import.meta.url)
  : new URL('./queueModel.ts', import.meta.url)
const connection = await NativeConnection.connect({ address })
const simulations = await openSimulations({
  connection,
  namespace,
  program: 'test',
  modelUrl: model.href,
  checkScenario: checkQueue,
  threads: 1,
})
stopOnSignal(simulations.shutdown)
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`)
await simulations.run()
await connection.close()
