// `npm run sim`: the planner's simulator, one file a subcommand.
import type { Command, Context } from './commands/command.ts'
import { UsageError } from './commands/command.ts'
import { openScreen } from './commands/screen.ts'

/** Each is read only when it is called: a help text needs no database and no Temporal. */
const commands: Record<string, () => Promise<Command>> = {
  run: async () => (await import('./commands/run.ts')).run,
  compare: async () => (await import('./commands/compare.ts')).compare,
  tune: async () => (await import('./commands/tune.ts')).tune,
  record: async () => (await import('./commands/record.ts')).record,
  replay: async () => (await import('./commands/replay.ts')).replay,
  live: async () => (await import('./commands/live.ts')).live,
  report: async () => (await import('./commands/report.ts')).report,
}

if (import.meta.main) await main()

async function main(): Promise<void> {
  const stop = new AbortController()
  let signals = 0
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      signals += 1
      // Whoever asks twice does not want to wait for anything.
      if (signals > 1) process.exit(130)
      stop.abort(new Error('stopped'))
    })
  }
  // Whoever reads no further, as `head` does, wants no more.
  process.stdout.on('error', () => process.exit(0))
  const { plantContext } = await import('./commands/plantContext.ts')
  const screen = openScreen(process.stdout, { notes: process.stderr })
  const context = { screen, signal: stop.signal, env: process.env, ...plantContext }
  process.exitCode = await simulate(process.argv.slice(2), context, complain)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** 0 done, 1 failed, 2 called wrongly, 130 stopped by hand. */
export async function simulate(
  [name, ...args]: string[],
  context: Context,
  say: (text: string) => void,
): Promise<number> {
  if (name === 'help' && args.length > 0) return simulate([args[0]!, '--help'], context, say)
  if (name === undefined || name === 'help' || asksForHelp(name)) {
    context.screen.say(await overview())
    return name === undefined ? 2 : 0
  }
  const open = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (open === undefined) {
    say(`there is no command "${name}": choose ${Object.keys(commands).join(', ')}`)
    return 2
  }
  const command = await open()
  if (args.some(asksForHelp)) {
    context.screen.say(command.help)
    return 0
  }
  try {
    await command.run(args, context)
    return 0
  } catch (error) {
    if (context.signal.aborted) {
      const { whenStopped } = command
      say(whenStopped === undefined ? 'stopped' : `stopped: ${whenStopped}`)
      return 130
    }
    const said = error instanceof Error ? error.message : String(error)
    const isUsage = error instanceof UsageError
    say(isUsage ? `${said}; npm run sim -- ${name} --help tells more` : said)
    return isUsage ? 2 : 1
  }
}

function asksForHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(async ([name, open]) => {
    return `  ${name.padEnd(9)}${(await open()).summary}`
  })
  const listed = (await Promise.all(lines)).join('\n')
  return `Usage: npm run sim -- <command> ...\n\n${listed}\n\nEach takes --help. docs/planning.md leads from a question to an answer.`
}
