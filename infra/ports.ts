// Chooses the port of each part and remembers it, so that addresses stay the same over restarts.
import { createSocket, type Socket } from 'node:dgram'
import { readFileSync, mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, writeWhole } from './files.ts'

// Below the ports that Linux and macOS give to outgoing connections: a part that is being restarted
// must not find its port taken by somebody's client socket.
const FIRST_PORT = 20_000
const LAST_PORT = 31_999

/** With what keeps other processes from choosing them too: a part listens seconds after its port was chosen. */
const givenOut = new Map<number, Socket | null>()

export interface PortWish {
  dir: string
  name: string
  preferred?: number | undefined
}

/** The port that this part had last time, else the one it prefers, else any: the first that is free. */
export async function portFor({ dir, name, preferred }: PortWish): Promise<number> {
  const ports = remembered(dir)
  for (const port of [ports[name], preferred]) {
    if (port !== undefined && (await isChosen(port))) return keep(dir, name, port)
  }
  return keep(dir, name, await freePort())
}

/** A port that was asked for is that one or none: whoever looks for the part finds it noted here as well. */
export function askedPort({ dir, name }: PortWish, port: number): number {
  if (!givenOut.has(port)) givenOut.set(port, null)
  return keep(dir, name, port)
}

/** A port on which nobody listens now and that nobody has chosen before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    if (await isChosen(port)) return port
  }
}

/** Gives a port back, so that a part that is started again in this process can have it again. */
export function releasePort(port: number): void {
  givenOut.get(port)?.close()
  givenOut.delete(port)
}

/** Gives a port out, unless somebody else has it: here, in another process, or as a server. */
async function isChosen(port: number): Promise<boolean> {
  if (givenOut.has(port)) return false
  givenOut.set(port, null)
  const claim = await claimed(port)
  if (claim !== 'taken') {
    givenOut.set(port, claim)
    if (await isFree(port)) return true
  }
  releasePort(port)
  return false
}

/**
 * UDP's port of the same number, of which we have no use: one process at a time can have it, from the choice of the
 * port until it releases it or ends, however it ends. Null where UDP is not to be had.
 */
async function claimed(port: number): Promise<Socket | 'taken' | null> {
  const socket = createSocket('udp4')
  return await new Promise((resolve) => {
    socket.once('error', (error) => resolve(codeOf(error) === 'EADDRINUSE' ? 'taken' : null))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket.unref()))
  })
}

export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    )
  })
}

/** Waits until a part that was found by its URL answers. */
export async function untilAnswered(
  probe: () => Promise<boolean>,
  refusal: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await probe().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(refusal)
    await sleep(250)
  }
}

/** Whether something accepts connections there. */
export async function accepts(host: string, port: number, timeoutMs = 1_000): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port })
    const answer = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.setTimeout(timeoutMs, () => answer(false))
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

function keep(dir: string, name: string, port: number): number {
  const ports = remembered(dir)
  if (ports[name] !== port) {
    mkdirSync(dir, { recursive: true })
    writeWhole(join(dir, 'ports.json'), JSON.stringify({ ...ports, [name]: port }, null, 2))
  }
  return port
}

function remembered(dir: string): Record<string, number> {
  try {
    const ports: Record<string, number> = JSON.parse(readFileSync(join(dir, 'ports.json'), 'utf8'))
    return ports
  } catch {
    return {}
  }
}
