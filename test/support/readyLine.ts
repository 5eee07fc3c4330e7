// Waits for the log line with which a process of ours says that it is ready, and hands over what the line tells.
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export async function readyLine<T = unknown>(child: ChildProcess): Promise<T> {
  if (!child.stdout) throw new Error('the process was started without a pipe for its output')
  const said: string[] = []
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    const entry = line.startsWith('{') ? JSON.parse(line) : {}
    if (entry.msg === 'ready') {
      // Read on, so that a full pipe never stops the process.
      child.stdout.resume()
      return entry
    }
  }
  // Why it ended may come after the end of its output.
  await closed
  throw new Error(`the process ended before it was ready:\n${said.join('\n')}`)
}
