// Opens the desk of one test run: the shared servers behind it start when a test file first asks for them.
import { openDesk } from './desk.ts'

export default async function globalSetup(): Promise<void> {
  const desk = await openDesk()
  process.env['FABROUTE_TEST_DESK'] = desk.url
  process.env['FABROUTE_TEST_DIR'] = desk.dir
  globalThis.fabrouteTestDesk = desk
}
