// Closes the desk of the test run, and with it every shared server that was started.
import './desk.ts'

export default async function globalTeardown(): Promise<void> {
  await globalThis.fabrouteTestDesk?.close()
}
