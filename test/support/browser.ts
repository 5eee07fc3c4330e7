// A real browser for tests of pages, where one is installed: none is brought along.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const elsewhere = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/** Its program, or null where there is none. */
export function browserProgram(env = process.env): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [...onPath, ...elsewhere].find(isProgram) ?? null
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  // Chromium's own sandbox refuses to be run by root, as containers do.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  // Half a minute, as usual, is little on a machine that has other things to do.
  return chromium.launch({ executablePath, args, timeout: 100_000 })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
