// `npm run sim -- report`: a result as a page to look at, and as tables to calculate with.
import { writeReport } from '../report/writeReport.ts'
import { type Command, readFlags } from './command.ts'

const help = `Usage: npm run sim -- report <dir>

Writes into the folder that run, compare or tune wrote with --out:

  report.html             one file to open or to send: figures with intervals,
                          hours, the map of a day with its trucks, every
                          decision with its candidates; for a sweep the front
                          and what each parameter moves
  tables/*.csv, .parquet  the same as tables: days, and orders, drives,
                          machines, decisions of the day that is shown`

export const report: Command = {
  summary: 'one HTML file of a result, and all its tables as CSV and Parquet',
  help,
  async run(args, { screen }) {
    const { positionals } = readFlags(args, {}, ['the folder of a result'])
    const { page, tables } = await writeReport(positionals[0]!)
    screen.say(`Written: ${page}`)
    for (const { path, rows } of tables) screen.say(`  ${path}.csv, .parquet (${rows} rows)`)
  },
}
