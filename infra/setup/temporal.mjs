// The Temporal program: on PATH, else the official archive, else built with Go.
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { say } from './progress.mjs'
import { run, which } from './shell.mjs'

const VERSION = '1.5.1'
const SERVER = 'Server 1.29.1'
const ANSWER_TIMEOUT_MS = 8_000
const DOWNLOAD_TIMEOUT_MS = 180_000

export const temporal = {
  name: 'temporal',
  what: `the Temporal server ${VERSION}: seconds to download, about 2.5 minutes to build`,
  required: true,
  byHand: `Do one of these by hand, then start again:
  - put the program \`temporal\` (version ${VERSION} or later) on PATH: https://docs.temporal.io/cli
  - install Go 1.24 or later: https://go.dev/dl, the set-up then builds it`,
  isThere: ({ tools }) => which('temporal', [join(tools, 'bin')]) !== null,
  async install(place, sources = [downloaded, built]) {
    const reasons = []
    for (const source of sources) {
      const found = await source(place).catch((error) => reasons.push(error.message) && null)
      if (found) return keep(place, found)
      if (reasons.length < sources.length) say(`temporal: ${reasons.at(-1)}; trying the next way`)
    }
    throw new Error(reasons.join('\n'))
  },
}

/** Unpacks the archive into a folder of its own and believes it when it names the version. */
export async function downloaded(place, origin = 'https://temporal.download') {
  const dir = newFolder(place, 'new-temporal-archive')
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const url = `${origin}/cli/archive/v${VERSION}?platform=${process.platform}&arch=${arch}`
  const archive = join(dir, 'archive.tar.gz')
  await fetchTo(archive, url).catch((error) => {
    throw new Error(`the archive cannot be had (${error.cause?.code ?? error.message})`)
  })
  await run('tar', ['-xzf', archive, '-C', dir])
  return await checked(join(dir, 'temporal'), VERSION)
}

async function built(place) {
  const go = which('go', ['/usr/local/go/bin'])
  if (!go) throw new Error('Go is not installed')
  say('temporal: building it with Go, about 2.5 minutes')
  const dir = newFolder(place, 'new-temporal-build')
  const target = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`
  await run(go, ['install', '-ldflags', '-s -w', target], { env: { ...process.env, GOBIN: dir } })
  // A build from source calls itself 0.0.0-DEV: what it carries is what counts.
  return await checked(join(dir, 'temporal'), SERVER)
}

async function fetchTo(path, url) {
  const abort = new AbortController()
  const abortAfter = (ms, why) => setTimeout(() => abort.abort(new Error(why)), ms)
  const timers = [abortAfter(ANSWER_TIMEOUT_MS, 'no answer')]
  try {
    const response = await fetch(url, { signal: abort.signal })
    clearTimeout(timers[0])
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    timers.push(abortAfter(DOWNLOAD_TIMEOUT_MS, 'too slow'))
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path))
  } finally {
    timers.forEach(clearTimeout)
  }
}

async function checked(program, wanted) {
  const version = await run(program, ['--version'])
  if (version.includes(wanted)) return program
  throw new Error(`it says "${version.trim()}" and not ${wanted}`)
}

/** Only a whole, checked program gets its final name. */
function keep({ tools }, program) {
  mkdirSync(join(tools, 'bin'), { recursive: true })
  renameSync(program, join(tools, 'bin/temporal'))
  for (const name of ['new-temporal-archive', 'new-temporal-build']) {
    rmSync(join(tools, name), { recursive: true, force: true })
  }
}

function newFolder({ tools }, name) {
  const dir = join(tools, name)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  return dir
}
