// Answers what Node's parser gives up before it is a call: with a problem on the bare connection,
// which then ends.
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { FailureCode } from '../domain/failure.ts'
import { newId } from '../storage/ids.ts'
import { limits } from './limits.ts'
import { problemOf, refuse } from './problem.ts'

export function answerUnreadable(
  server: Server,
  log: Logger,
  lingerMs: number = limits.lingerMs,
): void {
  const calls = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>()
  const given = new WeakSet<Duplex>()
  server.on('request', (request, response) => calls.set(request.socket, { request, response }))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Whatever comes after it cannot be read either, and is told of again.
    if (given.has(socket)) return
    given.add(socket)
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const end = () => {
      const code = codeOf(error)
      const requestId = newId('req')
      log.info({ requestId, code, reason: error.code }, 'unreadable')
      endWith(socket, answerOf(code, requestId), lingerMs)
    }
    const last = calls.get(socket)
    if (last && !last.request.complete && last.response.headersSent) endWith(socket, '', lingerMs)
    else if (last?.request.complete && !last.response.writableFinished) {
      // Answers come in the order of the calls: what could be read is answered first.
      last.response.once('finish', end)
    } else end()
  })
}

/** Were it closed while more is on its way here, the answer could be lost to who sent that. */
function endWith(socket: Duplex, text: string, lingerMs: number): void {
  socket.end(text)
  socket.resume()
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(cut))
}

function codeOf({ code }: NodeJS.ErrnoException): FailureCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_http'
}

/** Which address it was for is not known. */
function answerOf(code: FailureCode, requestId: string): string {
  const problem = problemOf(refuse(code), { path: '/', requestId })
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
