// A door before a server: connections pass through it, until it is shut or somebody cuts them.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Door {
  close: () => Promise<void>
}

/** As if the server itself listened at the port. `isCut` looks at what a client says, and may end its connection. */
export async function doorTo(
  { host = '127.0.0.1', port: serverPort }: { host?: string; port: number },
  port: number,
  isCut: (said: string) => boolean = () => false,
): Promise<Door> {
  const open = new Set<Socket>()
  const door = createServer((socket) => {
    const onward = connect(serverPort, host)
    for (const end of [socket, onward]) {
      open.add(end)
      end.on('error', () => undefined)
      end.on('close', () => {
        for (const other of [socket, onward]) other.destroy()
        open.delete(end)
      })
    }
    socket.on('data', (chunk: Buffer) => {
      if (isCut(chunk.toString('latin1'))) socket.destroy()
    })
    socket.pipe(onward).pipe(socket)
  })
  door.listen(port, '127.0.0.1')
  await once(door, 'listening')
  return {
    async close() {
      const closed = once(door, 'close')
      door.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
