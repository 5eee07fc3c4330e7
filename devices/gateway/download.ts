// Fetches the instructions for a job over HTTP(S): the right size and sha256, or a refusal that says what was wrong.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Artifact {
  url: string
  sha256: string
  sizeBytes: number
}

export type Downloaded =
  | { path: string }
  | { refused: 'artifact_unreachable' | 'artifact_corrupt'; detail: string }

const TRIES = 3
const TRY_MS = 10_000
const KEPT_FILES = 20

/** A file that is there already with the right content is not fetched again. */
export async function download(dir: string, artifact: Artifact): Promise<Downloaded> {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, artifact.sha256)
  const kept = await readFile(path).catch(() => null)
  if (kept && matches(kept, artifact)) return { path }

  let detail = ''
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      const bytes = await fetchAtMost(artifact)
      if (!matches(bytes, artifact)) {
        return { refused: 'artifact_corrupt', detail: `${bytes.length} bytes came, not these` }
      }
      await writeFile(`${path}.part`, bytes)
      await rename(`${path}.part`, path)
      dropOldest(dir)
      return { path }
    } catch (error) {
      detail = error instanceof Error ? error.message : String(error)
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
    }
  }
  return { refused: 'artifact_unreachable', detail }
}

async function fetchAtMost({ url, sizeBytes }: Artifact): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TRY_MS), redirect: 'error' })
  if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  // One byte too many is enough to know that it is not the file; the rest is not read.
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > sizeBytes) break
  }
  return Buffer.concat(chunks)
}

function matches(bytes: Buffer, { sha256, sizeBytes }: Artifact): boolean {
  if (bytes.length !== sizeBytes) return false
  return createHash('sha256').update(bytes).digest('hex') === sha256
}

function dropOldest(dir: string): void {
  const byAge = readdirSync(dir)
    .map((name) => ({ path: join(dir, name), atMs: statSync(join(dir, name)).mtimeMs }))
    .toSorted((a, b) => b.atMs - a.atMs)
  for (const { path } of byAge.slice(KEPT_FILES)) rmSync(path, { force: true })
}
