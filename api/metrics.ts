// What the API counts and times, in Prometheus' terms; every copy of the API has its own registry.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = ReturnType<typeof openMetrics>

export function openMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'fabroute_http_request_seconds',
      help: 'Time to answer, by route',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      registers,
    }),
    quotes: new Counter({
      name: 'fabroute_quotes_total',
      help: 'Quotes made, by whether anything could be offered',
      labelNames: ['offered'] as const,
      registers,
    }),
    orders: new Counter({ name: 'fabroute_orders_total', help: 'Orders placed', registers }),
    workflowStarts: new Counter({
      name: 'fabroute_workflow_starts_total',
      help: 'Workflows started at once, or left to the relay',
      labelNames: ['outcome'] as const,
      registers,
    }),
    streams: new Gauge({ name: 'fabroute_event_streams', help: 'Open event streams', registers }),
  }
}
