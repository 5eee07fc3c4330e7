// Takes commands: malformed, late and repeated ones are answered here, the rest is carried out once
// and the answer kept.
import type { IPublishPacket } from 'mqtt'
import type { Reply, ReplyCode } from '../contract/command.ts'
import { contractVersion } from '../contract/limits.ts'
import type { Read } from '../contract/read.ts'
import { parseTopic } from '../contract/topics.ts'
import type { Link } from '../link.ts'
import type { Ledger } from './ledger.ts'

/** What carrying out a command came to; null state where the device could not be asked. */
export interface Answer {
  code: ReplyCode | null
  detail?: string
  state: Reply['state']
}

export interface TakeOptions<C> {
  ledger: Ledger
  link: Link
  read: (payload: Uint8Array) => Read<C>
  carryOut: (command: C) => Promise<Answer>
}

/** Such a refusal is of the moment: the same command may be carried out when it comes again. */
const passing = new Set<ReplyCode | null>([
  'expired',
  'boot_unexpected',
  'phase_unexpected',
  'plate_occupied',
  'machine_unreachable',
  'artifact_unreachable',
])

export async function takeCommand<C extends { commandId: string; notAfterMs: number }>(
  packet: IPublishPacket,
  { ledger, link, read, carryOut }: TakeOptions<C>,
): Promise<void> {
  const reply = await replyTo()
  const to = packet.properties?.responseTopic
  if (!reply || to === undefined || parseTopic(to)?.kind !== 'replies') return
  await link.publish(to, reply, { correlation: reply.commandId, expirySeconds: 60 })

  async function replyTo(): Promise<Reply | null> {
    const command = read(Buffer.from(packet.payload))
    if (!command.ok) {
      const commandId = packet.properties?.correlationData?.toString().slice(0, 100)
      if (!commandId) return null
      return replyOf(commandId, { code: 'malformed', detail: command.reason, state: null })
    }
    const { commandId, notAfterMs } = command.value
    const stored = ledger.replyTo(commandId)
    if (stored) return stored
    if (Date.now() > notAfterMs) return replyOf(commandId, { code: 'expired', state: null })
    const answer = await carryOut(command.value)
    const fresh = replyOf(commandId, answer)
    if (!passing.has(answer.code)) ledger.remember(fresh)
    return fresh
  }
}

function replyOf(commandId: string, { code, detail, state }: Answer): Reply {
  return {
    v: contractVersion,
    commandId,
    accepted: code === null,
    ...(code !== null && { code }),
    ...(detail !== undefined && { detail: detail.slice(0, 500) }),
    state,
  }
}
