// The book of a stand-in is there for each who opens it, also while another writes its first page.
import { afterAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStandInBook } from '../../services/standInBook.ts'

const dir = mkdtempSync(join(tmpdir(), 'book-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('who opens a new book while another begins it waits for that', () => {
  const other = new DatabaseSync(join(dir, 'shared.sqlite'))
  other.exec('begin immediate; create table cover (title text)')
  let waits = 0
  const book = openStandInBook(dir, 'shared', 'create table if not exists page (text text)', () => {
    waits += 1
    if (waits === 2) other.exec('commit')
  })
  expect(waits).toBe(2)
  const tables = book.database.prepare('select name from sqlite_schema where name in (?, ?)')
  expect(tables.all('cover', 'page')).toHaveLength(2)
  book.close()
  other.close()
})
