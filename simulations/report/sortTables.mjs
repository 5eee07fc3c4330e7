// Lets a reader sort a table of a report by any of its columns; runs in the browser.

export function sortTables(root) {
  for (const table of root.querySelectorAll('table[data-sortable]')) {
    const [head, ...rows] = table.rows
    for (const [at, cell] of [...head.cells].entries()) {
      const button = document.createElement('button')
      button.type = 'button'
      button.append(...cell.childNodes)
      cell.append(button)
      button.addEventListener('click', () => sortBy(table, head, rows, at))
    }
  }
}

/** Up first, down when asked again; equal rows stay as they were. */
function sortBy(table, head, rows, at) {
  const isUp = head.cells[at].getAttribute('aria-sort') !== 'ascending'
  for (const cell of head.cells) cell.removeAttribute('aria-sort')
  head.cells[at].setAttribute('aria-sort', isUp ? 'ascending' : 'descending')
  const sign = isUp ? 1 : -1
  const sorted = rows.toSorted((one, other) => {
    return sign * compared(one.cells[at].textContent, other.cells[at].textContent)
  })
  head.after(...sorted)
}

/** What is no figure, as of a day that has none, comes after all that are. */
function compared(one, other) {
  const [a, b] = [one, other].map((text) => Number.parseFloat(text.replaceAll(',', '')))
  if (Number.isNaN(a) && Number.isNaN(b)) return one.localeCompare(other)
  if (Number.isNaN(a)) return 1
  return Number.isNaN(b) ? -1 : a - b
}
