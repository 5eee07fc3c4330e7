// The memory of a virtual device: one value in a file of its own, there again after a kill.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Memory<T> {
  /** A copy; what is changed counts when it is set. */
  get: () => T
  set: (value: T) => void
  close: () => void
}

export function openMemory<T extends object>(dir: string, name: string, first: T): Memory<T> {
  const database = new DatabaseSync(join(dir, `${name}.db`))
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists memory (id integer primary key check (id = 1), value text not null);
  `)
  const put = database.prepare(
    'insert into memory values (1, ?) on conflict (id) do update set value = excluded.value',
  )
  const row = database.prepare('select value from memory').get()
  let text = row ? String(row['value']) : JSON.stringify(first)
  return {
    // What an earlier version did not know yet is as it is at first.
    get: () => ({ ...first, ...JSON.parse(text) }),
    set: (value) => {
      const next = JSON.stringify(value)
      if (next === text) return
      text = next
      put.run(text)
    },
    close: () => database.close(),
  }
}
