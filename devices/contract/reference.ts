// The reference page of the contract, written from the schemas and tables that validate.
import type { TSchema } from 'typebox'
import { commands, replyCodes, Reply } from './command.ts'
import { contractVersion, limits } from './limits.ts'
import { BankState, lockerCommands, lockerEvents } from './lockers.ts'
import { CapsMessage, MachineState, Telemetry, machineEvents } from './machine.ts'
import { Acknowledgement, GatewayState, PlatformState } from './presence.ts'
import { topics } from './topics.ts'
import { StopList, VehiclePosition, vehicleEvents } from './vehicle.ts'

interface Message {
  topic: string
  from: 'gateway' | 'platform'
  delivery: string
  says: string
  /** One schema, or one for each type. */
  schemas: Readonly<Record<string, TSchema>>
}

const [S, G, M, V, B, W] = ['SITE', 'GATEWAY', 'MACHINE', 'VEHICLE', 'BANK', 'WORKER'] as const
const event = 'QoS 1, kept by the gateway until it is acknowledged'
const command = 'QoS 1, never retained; response topic, correlation data, expiry'

const messages: readonly Message[] = [
  {
    topic: topics.gatewayState(S, G),
    from: 'gateway',
    delivery: `QoS 1, retained; the last will says offline after ${limits.willDelaySeconds} s`,
    says: 'Whether the gateway is there, and which machines stand behind it.',
    schemas: { state: GatewayState },
  },
  {
    topic: topics.machine(S, M, 'caps'),
    from: 'gateway',
    delivery: 'QoS 1, retained',
    says: 'What the machine can do and what is loaded.',
    schemas: { caps: CapsMessage },
  },
  {
    topic: topics.machine(S, M, 'state'),
    from: 'gateway',
    delivery: 'QoS 1, retained',
    says: 'The whole state. A gap in seq, or a boot whose first states were missed, asks for a rebirth.',
    schemas: { state: MachineState },
  },
  {
    topic: topics.machine(S, M, 'evt'),
    from: 'gateway',
    delivery: event,
    says: 'What happened to a job. Known by its topic, bootId and evtSeq: the same three are the same event.',
    schemas: machineEvents,
  },
  {
    topic: topics.machine(S, M, 'tele'),
    from: 'gateway',
    delivery: `QoS 0, expires in ${limits.telemetryExpirySeconds} s`,
    says: `How a print gets on; at least every ${limits.aliveMs / 1_000} s as a sign of life.`,
    schemas: { telemetry: Telemetry },
  },
  {
    topic: topics.machine(S, M, 'cmd'),
    from: 'platform',
    delivery: command,
    says: 'What the machine is to do. Prepare and start are apart, so that a lost reply never starts twice.',
    schemas: commands,
  },
  {
    topic: topics.vehicle(S, V, 'stops'),
    from: 'platform',
    delivery: 'QoS 1, retained',
    says: 'The stops that the vehicle has still to make, in driving order. A higher version replaces a lower one.',
    schemas: { stops: StopList },
  },
  {
    topic: topics.vehicle(S, V, 'pos'),
    from: 'gateway',
    delivery: `QoS 0, expires in ${limits.telemetryExpirySeconds} s`,
    says: 'Where the vehicle is.',
    schemas: { position: VehiclePosition },
  },
  {
    topic: topics.vehicle(S, V, 'evt'),
    from: 'gateway',
    delivery: event,
    says: 'What happened at the stops.',
    schemas: vehicleEvents,
  },
  {
    topic: topics.lockers(S, B, 'cmd'),
    from: 'platform',
    delivery: command,
    says: 'Which part goes into which compartment, and on which code it opens. codeHash is sha256(salt + code).',
    schemas: lockerCommands,
  },
  {
    topic: topics.lockers(S, B, 'evt'),
    from: 'gateway',
    delivery: event,
    says: 'What happened to what lies in the bank.',
    schemas: lockerEvents,
  },
  {
    topic: topics.lockers(S, B, 'state'),
    from: 'gateway',
    delivery: 'QoS 1, retained',
    says: 'How each compartment is used.',
    schemas: { state: BankState },
  },
  {
    topic: topics.acknowledged(S),
    from: 'platform',
    delivery: 'QoS 0',
    says:
      'Events that are in the database. PUBACK says only that the broker has them (QoS 1 is hop by hop), so a ' +
      `gateway sends again what is not named here within ${limits.resendMs / 1_000} s.`,
    schemas: { acknowledgement: Acknowledgement },
  },
  {
    topic: topics.replies(W),
    from: 'gateway',
    delivery: 'QoS 1',
    says: 'The reply to a command; a repeat of the command gets the same one.',
    schemas: { reply: Reply },
  },
  {
    topic: topics.platformState(),
    from: 'platform',
    delivery: 'QoS 1, retained',
    says: 'A bridge has subscribed: gateways tell all states anew, and send at once what is not acknowledged.',
    schemas: { platform: PlatformState },
  },
]

export function reference(): string {
  return `${[head(), overview(), ...messages.map(section), codes()].join('\n\n')}\n`
}

function head(): string {
  return `# Devices over MQTT, version ${contractVersion}

Written by \`node devices/contract/writeReference.ts\` from the schemas that validate at both ends. MQTT 5; payloads are
JSON of at most ${limits.messageBytes} bytes; an unknown version or field is refused. Ids are 1-80 of \`A-Z a-z 0-9 _ . -\`.
Files travel by HTTPS with sha256 and size. A gateway remembers its last ${limits.rememberedCommands} commands. What was not heard of for
${limits.silenceMs / 1_000} s counts as offline.

Topics under \`fabroute/v1/SITE/sim/\` are for faults of virtual devices and no part of the contract.`
}

function overview(): string {
  const rows = messages.map(
    ({ topic, from, delivery }) => `| \`${topic}\` | ${from} | ${delivery} |`,
  )
  return ['| topic | from | delivery |', '|---|---|---|', ...rows].join('\n')
}

function section({ topic, says, schemas }: Message): string {
  const parts = Object.entries(schemas).map(([name, schema]) =>
    [`**${name}**`, '', '| field | value |', '|---|---|', ...fieldsOf(schema)].join('\n'),
  )
  return [`## ${topic}`, says, ...parts].join('\n\n')
}

/** A schema as JSON Schema sees it; only the keywords that the contract uses. */
interface Shape {
  const?: unknown
  type?: string
  anyOf?: Shape[]
  properties?: Record<string, Shape>
  required?: string[]
  items?: Shape | false
  prefixItems?: Shape[]
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

function fieldsOf(schema: Shape): string[] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : ' (optional)'
    return `| ${name}${optional} | ${valueOf(field).replaceAll('|', '\\|')} |`
  })
}

function valueOf(schema: Shape): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.anyOf) return schema.anyOf.map(valueOf).join(' or ')
  if (schema.prefixItems) return `[${schema.prefixItems.map(valueOf).join(', ')}]`
  if (schema.type === 'array' && schema.items) {
    return `list of ${valueOf(schema.items)}${between(schema.minItems, schema.maxItems)}`
  }
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const optional = schema.required?.includes(name) ? '' : '?'
      return `${name}${optional}: ${valueOf(field)}`
    })
    return `{ ${fields.join(', ')} }`
  }
  if (schema.pattern !== undefined) return `\`${schema.pattern}\``
  const length = between(schema.minLength, schema.maxLength)
  return `${schema.type ?? 'anything'}${length}${between(schema.minimum, schema.maximum)}`
}

function between(least?: number, most?: number): string {
  if (least !== undefined && most !== undefined) return ` (${least} to ${most})`
  if (least !== undefined) return ` (at least ${least})`
  return most === undefined ? '' : ` (at most ${most})`
}

function codes(): string {
  const rows = Object.entries(replyCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return ['## Codes of replies', '', '| code | meaning |', '|---|---|', ...rows].join('\n')
}
