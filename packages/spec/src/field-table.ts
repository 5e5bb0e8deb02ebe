import type { Table, TableRow } from 'mdast'
import { blockText } from './block-text.ts'
import { rowsOf, spanOf, textEntry, widthOf } from './entry.ts'
import { close, describe, feed, seenWords, type Walk } from './field-walk.ts'
import { shorten } from './found-phase.ts'
import { linesOf } from './inline.ts'
import { type FieldName, headingLabel } from './label.ts'

/** A table is a label's value, or (two columns, labels in the first) fields of its own. */
export function readTable(walk: Walk, table: Table): void {
  if (feed(walk, rowsOf(table, walk.source), spanOf(table))) {
    warnCells(walk, table)
    return
  }
  close(walk)
  const narrow = widthOf(table) <= 2
  const labels = narrow ? table.children.map((row) => rowLabel(walk, row)) : []
  if (!labels.some((name) => name !== undefined)) {
    describe(walk, blockText(table, walk.source), spanOf(table))
    return
  }
  warnCells(walk, table)
  for (const [at, row] of table.children.entries()) {
    const [key, value] = row.children
    const name = labels[at]
    if (name === undefined || key === undefined || value === undefined) {
      describe(walk, blockText(row, walk.source), spanOf(row))
      continue
    }
    const lines = linesOf(value.children, walk.source)
    walk.fields.push({ name, label: spanOf(key), entries: lines.length === 0 ? [] : [textEntry(lines)] })
  }
}

/** Reports cells that no column is for: the page does not show them. */
export function warnCells(walk: Walk, table: Table): void {
  const width = widthOf(table)
  for (const row of table.children) {
    const extra = row.children.slice(width).filter((cell) => blockText(cell, walk.source) !== '')
    const [first] = extra
    if (first === undefined) continue
    walk.findings.add('unread-cell', spanOf(first), {
      message: `this row has more cells than its table has columns, so the page does not show "${shorten(blockText(first, walk.source))}", and it is not read`,
      hint: 'write "\\|" for a bar inside of a cell, or give the head of the table another column',
    })
  }
}

function rowLabel(walk: Walk, row: TableRow): FieldName | undefined {
  const [key] = row.children
  return key === undefined ? undefined : headingLabel(seenWords(walk, key.children, spanOf(key)))
}
