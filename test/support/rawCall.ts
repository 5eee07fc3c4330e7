// Sends bytes to a port as they are, and hears everything until the other side ends the connection.
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface RawAnswer {
  /** The line that says how it went; empty where nothing came. */
  status: string
  headers: Headers
  body: string
  /** All that came. */
  text: string
}

export async function rawCall(url: string, bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  const text = (await buffer(socket)).toString()
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = new Headers()
  for (const line of lines) {
    const [name = '', value = ''] = line.split(': ', 2)
    headers.append(name, value)
  }
  return { status, headers, body, text }
}
