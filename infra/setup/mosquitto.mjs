// The mosquitto broker: on the machine, else from Debian's packages where we are root (containers, CI).
import { existsSync } from 'node:fs'
import { run, which } from './shell.mjs'

// Debian keeps servers in sbin, which is not on everybody's PATH.
const SERVER_DIRS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

export const mosquitto = {
  name: 'mosquitto',
  what: 'the MQTT broker (optional)',
  required: false,
  instead: 'not there, the embedded broker is used',
  isThere: () => which('mosquitto', SERVER_DIRS) !== null,
  async install() {
    const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version')
    if (!mayInstall || !which('apt-get'))
      throw new Error('install the package mosquitto to have it')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], { env, timeoutMs: 120_000 })
    const options = ['-y', '-qq', '--no-install-recommends']
    // Half an installation would leave the machine's packages to be mended by hand.
    const whole = { env, timeoutMs: 300_000, mayBreakOff: false }
    await run('apt-get', ['install', ...options, 'mosquitto'], whole)
    await stopService()
  },
}

/** The package starts a broker of the machine's own; nobody asked for that one. */
async function stopService() {
  const stop = existsSync('/run/systemd/system')
    ? ['systemctl', ['disable', '--now', 'mosquitto']]
    : ['service', ['mosquitto', 'stop']]
  // Where no service was started, there is none to stop.
  await run(...stop, { timeoutMs: 30_000 }).catch(() => {})
}
