// Measures the ledger: transactions of five postings a second, posted by many clients over spread accounts.
import { createDatabase, dropDatabase, startPostgres } from '../infra/postgres.ts'
import { ledger, type Posting } from '../storage/ledger.ts'
import { migrate } from '../storage/migrate.ts'
import { openStorage, type Storage } from '../storage/storage.ts'
import { cpuSecondsOf, latenciesOf, rounded } from './figures.ts'
import { benchOptions } from './options.ts'
import { onStage } from './stage.ts'

const accounts = 10_000
const warmUpSeconds = 1
/** As many as a worker keeps: on few cores, more only take turns. */
const connections = 8

const { seconds, concurrency } = benchOptions(
  'Ledger transactions of five postings a second, over spread accounts.',
  { seconds: 10, concurrency: 16 },
)
await onStage(async ({ dir, endsWith }) => {
  const server = await startPostgres({ dir, url: process.env['DATABASE_URL'] })
  endsWith(server.stop)
  const database = `bench_${process.pid}`
  const url = await createDatabase(server.url, database)
  endsWith(async () => await dropDatabase(server.url, database))
  await migrate(url)
  const storage = await openStorage({ url, poolSize: Math.min(connections, concurrency) })
  endsWith(storage.close)
  await measure(storage, () => cpuSecondsOf(server.pid() ?? 0))
})

async function measure(storage: Storage, serverSeconds: () => number): Promise<void> {
  await openAccounts(storage)
  await run(storage, warmUpSeconds, 'warm')
  const before = { server: serverSeconds(), bench: process.cpuUsage() }
  const { latenciesMs, elapsedSeconds } = await run(storage, seconds, 'run')
  const server = serverSeconds() - before.server
  const bench = process.cpuUsage(before.bench)
  const cpuMs = (spent: number) => rounded((spent * 1000) / latenciesMs.length, 3)
  const { p50Ms, p95Ms } = latenciesOf(latenciesMs)
  const transactionsPerSecond = Math.round(latenciesMs.length / elapsedSeconds)
  const [sum] = await storage.sql<{ sum: bigint }>(
    'select coalesce(sum(balance), 0)::bigint as sum from ledger_account',
  )
  console.table({
    clients: concurrency,
    connections: Math.min(connections, concurrency),
    accounts,
    'postings a transaction': 5,
    transactions: latenciesMs.length,
    'transactions a second': transactionsPerSecond,
    'p50 ms': p50Ms,
    'p95 ms': p95Ms,
    'CPU ms a transaction, PostgreSQL': cpuMs(server),
    'CPU ms a transaction, this bench': cpuMs((bench.user + bench.system) / 1e6),
    'sum of all balances': Number(sum?.sum),
  })
  console.log(JSON.stringify({ transactionsPerSecond }))
}

/** As in a platform that has run for a while: accounts are there, and statistics of them. */
async function openAccounts(storage: Storage): Promise<void> {
  const amounts = Array.from({ length: accounts }, (_, i) => (i % 2 === 0 ? 1n : -1n))
  const opening = amounts.map((amount, i) => posting(`party:${i}`, amount))
  await ledger.post(storage, { key: 'open', description: 'bench', postings: opening })
  await storage.sql('analyze')
}

/** Each client posts as fast as it is answered. */
async function run(storage: Storage, forSeconds: number, name: string) {
  const startMs = performance.now()
  const endMs = startMs + forSeconds * 1000
  const latenciesMs: number[] = []
  const client = async (number: number) => {
    for (let i = 0; performance.now() < endMs; i += 1) {
      const beganMs = performance.now()
      const key = `${name}-${number}-${i}`
      await ledger.post(storage, { key, description: 'bench', postings: postings() })
      latenciesMs.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, async (_, number) => await client(number)))
  return { latenciesMs, elapsedSeconds: (performance.now() - startMs) / 1000 }
}

/** A payment split four ways, as an order's settlement posts it, between accounts anywhere in the book. */
function postings(): Posting[] {
  return [-100n, 5n, 20n, 25n, 50n].map((amount) => posting(anyAccount(), amount))
}

function posting(account: string, amount: bigint): Posting {
  return { book: 'money', account, unit: 'USD', amount }
}

function anyAccount(): string {
  return `party:${Math.floor(Math.random() * accounts)}`
}
