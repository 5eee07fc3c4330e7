// Everything that a worker of the task queue `orders` runs.
export { dispatcher } from './dispatcher.ts'
export { fulfilment } from './fulfilment.ts'
export { job } from './job.ts'
export { order } from './order.ts'
