// One set-up at a time in one folder; a lock whose holder died counts for nothing.
import { linkSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './progress.mjs'

/** Runs the work while holding `.tools/setup.lock`, and first clears away what an interrupted run left. */
export async function locked({ tools }, work) {
  const path = join(tools, 'setup.lock')
  const mine = `${path}.${process.pid}`
  let told = false
  while (!taken(path, mine)) {
    if (!told) say('another set-up is running in this folder, waiting for it')
    told = true
    await sleep(300)
  }
  try {
    for (const name of readdirSync(tools)) {
      if (name.startsWith('new-')) rmSync(join(tools, name), { recursive: true, force: true })
    }
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

// The lock appears with its content in one step, so that nobody reads an empty one.
function taken(path, mine) {
  writeFileSync(mine, String(process.pid))
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAlive(holder(path))) return false
    rmSync(path, { force: true })
    return taken(path, mine)
  } finally {
    rmSync(mine, { force: true })
  }
}

function holder(path) {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid) {
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
