// An order as storefronts see it: lines with their quantities, deliveries, and what may be done with it now.
import { Type, type Static } from 'typebox'
import { mayMove, type LineState, type StateOf } from '../domain/lifecycle.ts'
import { DeliveryMethod, type Promise50 } from '../domain/model/offer.ts'
import { statesOf } from '../storage/columns.ts'
import type { Tx } from '../storage/storage.ts'
import { DecisionView, decisionOf, PromiseView, promiseOf, type DecisionJson } from './quoteView.ts'
import { Shipment, shipmentSql, shipmentView, type ShipmentJson } from './shipments.ts'
import { Id, Money, money, Nullable, nullableTime, NullableTime, Time, time } from './wire.ts'

export const OrderStatus = Type.Enum([...statesOf('line'), 'on_hold', 'partially_completed'])

const Job = Type.Object(
  {
    object: Type.Literal('job'),
    id: Id,
    line_id: Id,
    unit: Type.Integer({ description: 'Of the quantity of its line, from 0.' }),
    state: Type.Enum(statesOf('job')),
    attempt: Type.Integer(),
    machine_id: Nullable(Id),
    progress: Type.Number(),
    failure_code: Nullable(Type.String()),
    started_at: NullableTime,
    finished_at: NullableTime,
    harvested_at: NullableTime,
  },
  { additionalProperties: false, title: 'Job' },
)

const Fulfilment = Type.Object(
  {
    object: Type.Literal('fulfilment'),
    id: Id,
    offer_id: Id,
    method: DeliveryMethod,
    state: Type.Enum(statesOf('fulfilment')),
    site_id: Id,
    machine_id: Nullable(Id),
    vehicle_id: Nullable(Id),
    compartment_id: Nullable(Id),
    promise: PromiseView,
    arrived_at: NullableTime,
    delivered_at: NullableTime,
    shipment: Nullable(Shipment),
    jobs: Type.Array(Type.Union([Id, Job])),
  },
  { additionalProperties: false, title: 'Fulfilment' },
)

const Payment = Type.Object(
  {
    object: Type.Literal('payment'),
    id: Id,
    state: Type.Enum(statesOf('payment')),
    kind: Type.String(),
    amount: Money,
    failure_code: Nullable(Type.String()),
    created_at: Time,
  },
  { additionalProperties: false, title: 'Payment' },
)

const OrderLine = Type.Object(
  {
    id: Id,
    item_id: Id,
    title: Type.String(),
    customization: Nullable(Type.Record(Type.String(), Type.Unknown())),
    offer_id: Id,
    fulfilment_id: Nullable(Id),
    state: Type.Enum(statesOf('line')),
    unit_price: Money,
    total: Money,
    quantity: Type.Integer(),
    quantities: Type.Object(
      {
        pending: Type.Integer(),
        made: Type.Integer(),
        delivered: Type.Integer(),
        cancelled: Type.Integer(),
      },
      {
        additionalProperties: false,
        title: 'Quantities',
        description: 'They sum to the quantity.',
      },
    ),
  },
  {
    additionalProperties: false,
    title: 'OrderLine',
    description: 'Reckon with `total`: `unit_price` is the total by the quantity, rounded down.',
  },
)

export const Order = Type.Object(
  {
    object: Type.Literal('order'),
    id: Id,
    status: OrderStatus,
    hold_reason: Nullable(Type.String({ description: 'Why it waits, when it is on hold.' })),
    allowed_actions: Type.Array(Type.Enum(['cancel', 'choose_delivery']), {
      description: 'What may be asked of it now; show the buyer no other buttons.',
    }),
    reference: Nullable(Type.String()),
    buyer_id: Id,
    quote_id: Id,
    total: Money,
    lines: Type.Array(OrderLine),
    fulfilments: Type.Array(Type.Union([Id, Fulfilment])),
    payments: Type.Optional(Type.Array(Payment)),
    decisions: Type.Optional(Type.Array(DecisionView)),
    cancel_until: Nullable(
      Type.String({
        format: 'date-time',
        description:
          'When making was promised to begin: a cancel by then is free of charge. It may be past for what begins at once; `allowed_actions` says whether it can be cancelled.',
      }),
    ),
    cancel_requested_at: Nullable(
      Type.String({
        format: 'date-time',
        description:
          'Since when it is being cancelled; `order.cancelled` follows when everything was given back.',
      }),
    ),
    due_by: Nullable(
      Type.String({
        format: 'date-time',
        description: 'The latest `p95_at` that was promised for any of its lines.',
      }),
    ),
    last_sequence: Type.Integer({ description: 'Number of its last event.' }),
    created_at: Time,
    updated_at: Time,
  },
  { additionalProperties: false, title: 'Order' },
)

export const expansions = ['fulfilments', 'fulfilments.jobs', 'payments', 'decisions'] as const
type Expansion = (typeof expansions)[number]

interface LineJson {
  id: string
  item_id: string
  title: string
  customization: Record<string, unknown> | null
  offer_id: string
  fulfilment_id: string | null
  state: LineState
  unit_cents: number
  total_cents: number
  quantity: number
  pending: number
  delivered: number
  cancelled: number
  /** Parts that lie ready, by their jobs; the row counts what was delivered or cancelled. */
  harvested: number
}

type JobJson = Omit<Static<typeof Job>, 'object'>

interface FulfilmentJson extends Omit<
  Static<typeof Fulfilment>,
  'object' | 'promise' | 'shipment' | 'jobs'
> {
  promise: Promise50
  shipment: ShipmentJson | null
  job_ids: string[]
}

interface PaymentJson {
  id: string
  state: StateOf<'payment'>
  method: { kind: string }
  amount_cents: number
  currency: string
  failure_code: string | null
  created_at: string
}

export interface OrderRow {
  id: string
  status: Static<typeof OrderStatus>
  hold_reason: string | null
  reference: string | null
  storefront_id: string
  buyer_id: string
  quote_id: string
  currency: string
  total_cents: bigint
  cancel_until: Date | null
  cancel_requested_at: Date | null
  due_by: Date | null
  event_sequence: number
  workflow_started_at: Date | null
  created_at: Date
  updated_at: Date
  lines: LineJson[]
  fulfilments: FulfilmentJson[]
  jobs: (JobJson & { fulfilment_id: string })[] | null
  payments: PaymentJson[] | null
  decisions: DecisionJson[] | null
}

/** Orders with what hangs on them in one round trip; `where` may use $4 and on, and ends with order and limit. */
export async function readOrders(
  { sql }: Pick<Tx, 'sql'>,
  expand: readonly Expansion[],
  where: string,
  params: readonly unknown[],
): Promise<OrderRow[]> {
  return sql<OrderRow>(`${select} ${where}`, [
    expand.includes('payments'),
    expand.includes('decisions'),
    expand.includes('fulfilments.jobs'),
    ...params,
  ])
}

const select = `select o.id, o.status, o.hold_reason, o.reference, o.storefront_id, o.buyer_id, o.quote_id, o.currency, o.total_cents,
    o.cancel_until, o.cancel_requested_at, o.due_by, o.event_sequence, o.workflow_started_at, o.created_at, o.updated_at,
    (select coalesce(jsonb_agg(to_jsonb(l) || jsonb_build_object('harvested',
        (select count(*) from job j where j.order_id = o.id and j.line_id = l.id and j.state = 'harvested')) order by l.position), '[]')
      from order_line l where l.order_id = o.id) as lines,
    (select coalesce(jsonb_agg(to_jsonb(f) - 'access_code' - 'access_code_hash' || jsonb_build_object('shipment', ${shipmentSql}, 'job_ids',
        array(select j.id from job j where j.fulfilment_id = f.id order by j.line_id, j.unit)) order by f.id), '[]')
      from fulfilment f where f.order_id = o.id) as fulfilments,
    case when $3 then (select jsonb_agg(j order by j.line_id, j.unit) from job j where j.order_id = o.id) end as jobs,
    case when $1 then (select jsonb_agg(p order by p.id) from payment p where p.order_id = o.id) end as payments,
    case when $2 then (select jsonb_agg(d order by d.id) from decision d where d.order_id = o.id) end as decisions
  from orders o`

export function orderView(row: OrderRow, expand: readonly Expansion[]): Static<typeof Order> {
  const isExpanded = expand.some((name) => name.startsWith('fulfilments'))
  return {
    object: 'order',
    id: row.id,
    status: row.status,
    hold_reason: row.hold_reason,
    allowed_actions: row.cancel_requested_at ? [] : allowedActions(row.lines),
    reference: row.reference,
    buyer_id: row.buyer_id,
    quote_id: row.quote_id,
    total: money(row.total_cents, row.currency),
    lines: row.lines.map((line) => lineView(line, row.currency)),
    fulfilments: row.fulfilments.map((one) =>
      isExpanded ? fulfilmentView(one, row.jobs) : one.id,
    ),
    ...(expand.includes('payments') ? { payments: (row.payments ?? []).map(paymentView) } : {}),
    ...(expand.includes('decisions') ? { decisions: (row.decisions ?? []).map(decisionView) } : {}),
    cancel_until: nullableTime(row.cancel_until),
    cancel_requested_at: nullableTime(row.cancel_requested_at),
    due_by: nullableTime(row.due_by),
    last_sequence: row.event_sequence,
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
  }
}

/** What the order's workflow would accept; it has the last word. */
function allowedActions(lines: readonly LineJson[]): Static<typeof Order>['allowed_actions'] {
  const states = lines.map(({ state }) => state)
  const isUnderWay = states.some((state) => onTheWay.has(state))
  const lives = states.some((state) => state !== 'cancelled' && mayMove('line', state, 'cancelled'))
  return [
    ...(lives && !isUnderWay ? (['cancel'] as const) : []),
    ...(states.some((state) => unplanned.has(state)) ? (['choose_delivery'] as const) : []),
  ]
}

const unplanned: ReadonlySet<LineState> = new Set(['awaiting_authorization', 'confirmed'])
const onTheWay: ReadonlySet<LineState> = new Set([
  'in_transit',
  'ready_for_pickup',
  'delivered',
  'settled',
])

function lineView(line: LineJson, currency: string): Static<typeof OrderLine> {
  const { delivered, cancelled } = line
  const made = delivered + cancelled === 0 ? Math.min(line.pending, line.harvested) : 0
  return {
    id: line.id,
    item_id: line.item_id,
    title: line.title,
    customization: line.customization,
    offer_id: line.offer_id,
    fulfilment_id: line.fulfilment_id,
    state: line.state,
    unit_price: money(line.unit_cents, currency),
    total: money(line.total_cents, currency),
    quantity: line.quantity,
    quantities: { pending: line.pending - made, made, delivered, cancelled },
  }
}

function fulfilmentView(row: FulfilmentJson, jobs: OrderRow['jobs']): Static<typeof Fulfilment> {
  return {
    object: 'fulfilment',
    id: row.id,
    offer_id: row.offer_id,
    method: row.method,
    state: row.state,
    site_id: row.site_id,
    machine_id: row.machine_id,
    vehicle_id: row.vehicle_id,
    compartment_id: row.compartment_id,
    promise: promiseOf(row.promise),
    arrived_at: jsonTime(row.arrived_at),
    delivered_at: jsonTime(row.delivered_at),
    shipment: row.shipment && shipmentView(row.shipment),
    jobs: jobs ? jobs.filter((job) => job.fulfilment_id === row.id).map(jobView) : row.job_ids,
  }
}

function jobView(row: JobJson): Static<typeof Job> {
  return {
    object: 'job',
    id: row.id,
    line_id: row.line_id,
    unit: row.unit,
    state: row.state,
    attempt: row.attempt,
    machine_id: row.machine_id,
    progress: row.progress,
    failure_code: row.failure_code,
    started_at: jsonTime(row.started_at),
    finished_at: jsonTime(row.finished_at),
    harvested_at: jsonTime(row.harvested_at),
  }
}

function paymentView(row: PaymentJson): Static<typeof Payment> {
  return {
    object: 'payment',
    id: row.id,
    state: row.state,
    kind: row.method.kind,
    amount: money(row.amount_cents, row.currency),
    failure_code: row.failure_code,
    created_at: time(Date.parse(row.created_at)),
  }
}

function decisionView(row: DecisionJson): Static<typeof DecisionView> {
  return { ...decisionOf(row), object: 'decision' }
}

function jsonTime(text: string | null): string | null {
  return text === null ? null : time(Date.parse(text))
}
