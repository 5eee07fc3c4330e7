// Writes what a planner hands on: the page, and all tables as CSV and as Parquet, beside the result.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readResult, writeWhole } from '../experiments/resultFolder.ts'
import { csvOf } from './csv.ts'
import { reportPage } from './page.ts'
import { parquetOf } from './parquet.ts'
import { tablesOf } from './tables.ts'

export interface WrittenReport {
  page: string
  tables: { path: string; rows: number }[]
}

export async function writeReport(dir: string): Promise<WrittenReport> {
  const kept = await readResult(dir)
  const page = join(dir, 'report.html')
  await writeWhole(page, reportPage(kept))
  const folder = join(dir, 'tables')
  await mkdir(folder, { recursive: true })
  const tables: WrittenReport['tables'] = []
  for (const [name, table] of tablesOf(kept)) {
    const path = join(folder, name)
    await writeWhole(`${path}.csv`, csvOf(table))
    await writeWhole(`${path}.parquet`, parquetOf(table))
    tables.push({ path, rows: table.rows.length })
  }
  return { page, tables }
}
