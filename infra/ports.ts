// Chooses the port of each part and remembers it, so that addresses stay the same over restarts.
import { readFileSync, mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeWhole } from './files.ts'

// Below the ports that Linux and macOS give to outgoing connections: a part that is being restarted
// must not find its port taken by somebody's client socket.
const FIRST_PORT = 20_000
const LAST_PORT = 31_999

// A part listens seconds after its port was chosen: processes that choose at the same time look in different shares.
const SHARES = 17
const SHARE_PORTS = Math.floor((LAST_PORT - FIRST_PORT) / SHARES)
const ownFirstPort = FIRST_PORT + (process.pid % SHARES) * SHARE_PORTS

const givenOut = new Set<number>()

export interface PortWish {
  dir: string
  name: string
  preferred?: number | undefined
}

/** The port that this part had last time, else the one it prefers, else any: the first that is free. */
export async function portFor({ dir, name, preferred }: PortWish): Promise<number> {
  const ports = remembered(dir)
  for (const port of [ports[name], preferred]) {
    if (port !== undefined && !givenOut.has(port) && (await isFree(port)))
      return keep(dir, name, port)
  }
  return keep(dir, name, await freePort())
}

/** A port that was asked for is that one or none: whoever looks for the part finds it noted here as well. */
export function askedPort({ dir, name }: PortWish, port: number): number {
  return keep(dir, name, port)
}

/** A port on which nobody listens now and that this process has not given out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ownFirstPort + Math.floor(Math.random() * SHARE_PORTS)
    if (!givenOut.has(port) && (await isFree(port))) {
      givenOut.add(port)
      return port
    }
  }
}

/** Gives a port back, so that a part that is started again in this process can have it again. */
export function releasePort(port: number): void {
  givenOut.delete(port)
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
  givenOut.add(port)
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
