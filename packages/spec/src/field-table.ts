import type { Table, TableRow } from 'mdast'
import { blockText } from './block-text.ts'
import { rowsOf, spanOf, textEntry } from './entry.ts'
import { close, describe, feed, seenWords, type Walk } from './field-walk.ts'
import { linesOf } from './inline.ts'
import { type FieldName, headingLabel } from './label.ts'

/** A table is a label's value, or (two columns, labels in the first) fields of its own. */
export function readTable(walk: Walk, table: Table): void {
  if (feed(walk, rowsOf(table, walk.source), spanOf(table))) return
  close(walk)
  const narrow = table.children.every((row) => row.children.length <= 2)
  const labels = narrow ? table.children.map((row) => rowLabel(walk, row)) : []
  if (!labels.some((name) => name !== undefined)) {
    describe(walk, blockText(table, walk.source), spanOf(table))
    return
  }
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

function rowLabel(walk: Walk, row: TableRow): FieldName | undefined {
  const [key] = row.children
  return key === undefined ? undefined : headingLabel(seenWords(walk, key.children, spanOf(key)))
}
