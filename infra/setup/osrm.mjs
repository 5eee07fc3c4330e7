// OSRM's programs: on PATH, else out of the wheel that carries them with their profiles.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, which } from './shell.mjs'

// The wheels that were tried; pip refuses a file with another hash.
const wheels = {
  'linux-x64': ['26.10.0', '840d6f82812eb9f9e17c71eb9083dfa15f3be2bfec4965c32aefa48b00d3a951'],
  'linux-arm64': ['26.10.0', 'df2d386949756b3de034662d2abb378ff1d60ee9b0d5e33c0da4080dc29164a4'],
  'darwin-arm64': ['26.10.0', '70b36c422a972225e26c38789197f5b018459ebbdfacc244dd968dee859a721b'],
  'darwin-x64': ['26.9.0', '2b2f5345757239c95a031a4e4fe6fbca5fde787be956fd94a9bd2d9ec84e5bad'],
}

export const osrm = {
  name: 'osrm',
  what: 'the OSRM router (20 MB, optional)',
  required: false,
  instead: 'not there, the embedded router is used',
  isThere: ({ tools }) => which('osrm-routed', [join(tools, 'osrm/bin')]) !== null,
  async install(place, wheel = wheels[`${process.platform}-${process.arch}`]) {
    if (!wheel) throw new Error('no wheel for this platform')
    const dir = join(place.tools, 'new-osrm')
    mkdirSync(dir, { recursive: true })
    await unpackedWheel(dir, wheel)
    const bin = join(dir, 'osrm/bin')
    for (const program of readdirSync(bin)) chmodSync(join(bin, program), 0o755)
    await run(join(bin, 'osrm-routed'), ['--version'])
    const kept = join(dir, 'kept')
    mkdirSync(kept)
    renameSync(bin, join(kept, 'bin'))
    renameSync(join(dir, 'osrm/share/profiles'), join(kept, 'profiles'))
    rmSync(join(place.tools, 'osrm'), { recursive: true, force: true })
    renameSync(kept, join(place.tools, 'osrm'))
    rmSync(dir, { recursive: true })
  },
}

async function unpackedWheel(dir, [version, sha256]) {
  const python = which('python3')
  if (!python) throw new Error('Python is not installed')
  const wanted = join(dir, 'wanted.txt')
  writeFileSync(wanted, `osrm-bindings==${version} --hash=sha256:${sha256}\n`)
  const choice = ['--no-deps', '--python-version=3.12', '--only-binary=:all:', '--require-hashes']
  await run(
    python,
    ['-m', 'pip', 'download', '--quiet', ...choice, '--dest', dir, '--requirement', wanted],
    { timeoutMs: 300_000 },
  )
  const file = readdirSync(dir).find((name) => name.endsWith('.whl'))
  if (!file) throw new Error('pip brought no wheel')
  await run(python, ['-m', 'zipfile', '-e', join(dir, file), dir])
}
