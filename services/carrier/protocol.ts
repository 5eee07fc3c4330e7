// Answers the calls of the carrier protocol from a carrier: what a real one would have its own server for.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { DomainError, failureCatalogue } from '../../domain/failure.ts'
import type { Carrier } from './carriers.ts'
import { parcelJson, readOrder, trackJson } from './wire.ts'

interface ProtocolOptions {
  carrier: Omit<Carrier, 'close'>
  /** Whoever shows it is our customer. */
  key: string
  onBooked: () => void
  log: Logger
}

const maxBodyBytes = 65_536

/**
 * | call                             | answer                                             |
 * |----------------------------------|----------------------------------------------------|
 * | POST /v1/parcels                 | 201 {tracking_number, expected_at}                 |
 * | GET /v1/parcels/{number}         | 200 {tracking_number, expected_at, state, events}  |
 * | GET /v1/parcels/{number}/label   | 200 application/pdf                                |
 * | POST /v1/parcels/{number}/cancel | 204; 409 state_conflict once it was collected      |
 * | GET /healthz                     | 200 to everybody                                   |
 *
 * Booking needs an Idempotency-Key. A refusal is {code, facts}: carrier_refused and state_conflict
 * 409, not_found 404, invalid_request 400.
 */
export function carrierProtocol(options: ProtocolOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (!(error instanceof DomainError)) options.log.warn({ err: error }, 'a call failed')
      if (response.headersSent) response.destroy()
      else refuse(response, error)
    })
  }
}

async function answer(
  { carrier, key, onBooked }: ProtocolOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET' && request.url === '/healthz')
    return json(response, 200, { status: 'ok' })
  if (!isOurs(request, key)) return json(response, 401, { code: 'key_invalid', facts: {} })
  const { method, url = '' } = request
  const [, number = '', rest = ''] =
    /^\/v1\/parcels(?:\/(\w{1,40})(\/label|\/cancel)?)?$/.exec(url) ?? []
  const called = `${method} ${number ? '{number}' : url}${rest}`
  if (called === 'POST /v1/parcels') {
    const booked = await carrier.book(await orderOf(request))
    json(response, 201, parcelJson(booked))
    onBooked()
  } else if (called === 'GET {number}') {
    const track = await carrier.track(number)
    if (!track) throw new DomainError('not_found', { number })
    json(response, 200, trackJson(track))
  } else if (called === 'GET {number}/label') {
    const label = await carrier.label(number)
    response.writeHead(200, { 'content-type': 'application/pdf' }).end(label)
  } else if (called === 'POST {number}/cancel') {
    await carrier.cancel(number)
    response.writeHead(204).end()
  } else {
    throw new DomainError('not_found')
  }
}

async function orderOf(request: IncomingMessage) {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '') {
    throw new DomainError('invalid_request', { reason: 'Idempotency-Key is missing' })
  }
  const text = await bodyOf(request)
  try {
    return readOrder(key, JSON.parse(text))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DomainError('invalid_request', { reason })
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) throw new DomainError('body_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isOurs({ headers }: IncomingMessage, key: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const right = Buffer.from(`Bearer ${key}`)
  return given.length === right.length && timingSafeEqual(given, right)
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof DomainError) {
    json(response, failureCatalogue[error.code].status, { code: error.code, facts: error.facts })
  } else {
    json(response, 500, { code: 'internal', facts: {} })
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
