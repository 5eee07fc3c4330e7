// A stand-in for a vendor's own server, for the demo: serves the files of one folder, by name, to whoever asks.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { pino } from 'pino'

const port = Number(process.env.VENDOR_PORT ?? 0)
const folder = process.env.VENDOR_DIR ?? ''
const log = pino({ name: 'vendor' })

if (!folder || !Number.isInteger(port)) {
  log.fatal('VENDOR_DIR must name the folder of the files, VENDOR_PORT the port')
  process.exit(1)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    log.warn({ err: error }, 'a download broke off')
    response.destroy()
  })
})

server.listen(port, process.env.VENDOR_HOST ?? '127.0.0.1', () => {
  log.info({ address: server.address() }, 'ready')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
  })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, name] = /^\/(\w[\w.-]{0,99})$/.exec(request.url ?? '') ?? []
  if (request.method !== 'GET' || !name) return end(response, 404)
  const file = await readFile(join(folder, name)).catch(() => null)
  if (!file) return end(response, 404)
  const sizeBytes = file.length
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': sizeBytes,
  })
  // The end goes with the last byte: whoever has that may be gone in the next moment, and has had all.
  response.end(file)
  await finished(response)
  log.info({ name, sizeBytes }, 'served')
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}
