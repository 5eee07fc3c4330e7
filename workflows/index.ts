// Everything that workers of the task queues `orders` and `simulations` run.
export { dispatcher } from './dispatcher.ts'
export { fulfilment } from './fulfilment.ts'
export { job } from './job.ts'
export { order } from './order.ts'
export { simulation } from './simulation.ts'
export { sweep } from './sweep.ts'
