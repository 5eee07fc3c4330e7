// Closes the desk of the test run, and with it every shared server that was started.
import type { Desk } from './desk.ts'

export default async function globalTeardown(): Promise<void> {
  const { fabrouteTestDesk } = globalThis as { fabrouteTestDesk?: Desk }
  await fabrouteTestDesk?.close()
}
