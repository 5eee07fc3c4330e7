// The worker of the bare workflow, with the options of the worker `orders`.
import { fileURLToPath } from 'node:url'
import { NativeConnection, Worker } from '@temporalio/worker'
import { bundleWorkflows } from '../workers/bundle.ts'
import { workerOptions } from '../workers/options.ts'
import { stopOnSignal } from '../workers/stopOnSignal.ts'

const address = process.env['TEMPORAL_ADDRESS'] ?? ''
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  taskQueue: 'bare',
  workflowBundle: await bundleWorkflows(fileURLToPath(new URL('bareWorkflow.ts', import.meta.url))),
  activities: { nothing: async () => {} },
  ...workerOptions,
})
stopOnSignal(() => worker.shutdown())
console.log(JSON.stringify({ msg: 'ready' }))
await worker.run()
await connection.close()
