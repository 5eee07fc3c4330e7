// A container's health: the process has written its heartbeat in the last twenty seconds.
import { statSync } from 'node:fs'

const { mtimeMs } = statSync(process.argv[2])
process.exitCode = Date.now() - mtimeMs < 20_000 ? 0 : 1
