// The figures of the MQTT contract: its version, and how large, long and many things may be.

export const contractVersion = 1

export const limits = {
  /** A message with its payload; larger things travel by HTTPS. */
  messageBytes: 65_536,
  /** A file of instructions. */
  artifactBytes: 64 * 1024 * 1024,
  stopsPerVehicle: 200,
  pathPointsPerLeg: 1_000,
  compartmentsPerBank: 500,
  /** Commands that a gateway remembers, to answer a repeat with the stored reply. */
  rememberedCommands: 1_000,
  /** Telemetry older than this is of no use. */
  telemetryExpirySeconds: 10,
  /** How long a broken connection may last before the last will says offline. */
  willDelaySeconds: 15,
  /** An event that the platform has not acknowledged is sent again after so long. */
  resendMs: 5_000,
  /** A machine or vehicle not heard of for so long counts as offline. */
  silenceMs: 60_000,
  /** What lives says so at least this often. */
  aliveMs: 15_000,
} as const
