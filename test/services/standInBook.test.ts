// The book of a stand-in is there for each who opens it, also while another writes its first page.
import { afterAll, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { openStandInBook } from '../../services/standInBook.ts'

const dir = mkdtempSync(join(tmpdir(), 'book-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Begins to write, says so, and is done after a moment. */
const writer = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(workerData)
  database.exec('begin immediate; create table cover (title text)')
  parentPort.postMessage('writing')
  setTimeout(() => database.exec('commit'), 300)`

test('who opens a new book while another begins it waits for that', async () => {
  const path = join(dir, 'shared.sqlite')
  const other = new Worker(writer, { eval: true, workerData: path })
  const ended = once(other, 'exit')
  await once(other, 'message')
  const book = openStandInBook(dir, 'shared', 'create table if not exists page (text text)')
  const tables = book.database.prepare('select name from sqlite_schema where name in (?, ?)')
  expect(tables.all('cover', 'page')).toHaveLength(2)
  book.close()
  await ended
})
