// Brings what is missing before the first start: packages, Temporal, OSRM, mosquitto. Needs Node 20
// and npm, nothing else.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { locked } from './setup/lock.mjs'
import { mosquitto } from './setup/mosquitto.mjs'
import { osrm } from './setup/osrm.mjs'
import { packages } from './setup/packages.mjs'
import { endPrograms } from './setup/shell.mjs'
import { failedLately, noteFailure, forgetFailure } from './setup/failures.mjs'
import { withProgress, say } from './setup/progress.mjs'
import { temporal } from './setup/temporal.mjs'

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const place = { root, tools: join(root, '.tools') }
const parts = [packages, temporal, osrm, mosquitto]

const help = `Usage: node infra/setup.mjs [--retry] [--help]

Installs what is missing into this folder and is silent when all is there:
${parts.map((part) => `  ${part.name.padEnd(12)}${part.what}`).join('\n')}

  --retry       asks again for an optional part that could not be had within the last day
`

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void endInterrupted(signal))
}
process.exitCode = await main(process.argv.slice(2))

async function main(flags) {
  const unknown = flags.find((flag) => !['--help', '--retry'].includes(flag))
  if (unknown !== undefined) return refuse(`unknown flag ${unknown}; --help lists them`)
  if (flags.includes('--help')) {
    process.stdout.write(help)
    return 0
  }
  if (!['linux', 'darwin'].includes(process.platform)) return refuse('needs Linux or macOS')
  const retry = flags.includes('--retry')
  const wanted = () => parts.filter((part) => isWanted(part, retry))
  if (wanted().length === 0) return 0
  mkdirSync(place.tools, { recursive: true })
  return await locked(place, async () => {
    for (const part of wanted()) if (!(await bring(part))) return 1
    return 0
  })
}

function isWanted(part, retry) {
  if (part.isThere(place)) return false
  return part.required || retry || !failedLately(place, part.name)
}

/** Leaves no program behind: npm would go on for a minute, beside the one of the next start. */
async function endInterrupted(signal) {
  if (process.stderr.isTTY) process.stderr.write('\n')
  say('interrupted; the next start brings what is missing')
  await endPrograms()
  process.kill(process.pid, signal)
}

/** Installs one part; false when the project cannot run without it and it could not be had. */
async function bring(part) {
  try {
    await withProgress(part.name, part.what, async () => await part.install(place))
    forgetFailure(place, part.name)
    return true
  } catch (error) {
    if (!part.required) {
      noteFailure(place, part.name, error.message)
      say(`${part.name}: ${part.instead} (${firstLine(error.message)})`)
      return true
    }
    say(`${part.name} could not be installed: ${error.message}\n${part.byHand}`)
    return false
  }
}

function firstLine(text) {
  return text.split('\n')[0]
}

function refuse(why) {
  process.stderr.write(`infra/setup.mjs: ${why}\n`)
  return 1
}
