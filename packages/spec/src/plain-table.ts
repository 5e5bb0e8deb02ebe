import type { AlignType, Table, TableCell, TableRow } from 'mdast'
import { type Defined, placeOf, readPlainInline } from './plain-inline.ts'

const DELIMITERS = /^\|(?:[ ]*:?-+:?[ ]*\|)+$/

/**
 * A table whose lines all begin and end with a bar, from the line at `start` to a blank line or the end of the text. Undefined where there may be
 * more to it. What is returned is what the CommonMark parser returns; `end` is where its last line ends.
 */
export function readPlainTable(text: string, start: number, defined: Defined): Table | undefined {
  const rows: TableRow[] = []
  let align: AlignType[] = []
  let at = start
  for (let index = 0; at < text.length; index++) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    const line = text.slice(at, end)
    if (/^[ \t]*$/.test(line)) break
    if (index === 1) {
      if (!DELIMITERS.test(line)) return undefined
      align = line.slice(1, -1).split('|').map(alignOf)
      if (align.length !== rows[0]?.children.length) return undefined
    } else {
      const row = readRow(text, at, line, defined)
      if (row === undefined) return undefined
      rows.push(row)
    }
    at = end + 1
  }
  const last = rows.at(-1)
  if (align.length === 0 || last === undefined) return undefined
  // A table without rows ends with its delimiters.
  const end = rows.length > 1 ? (last.position?.end.offset ?? start) : endOfDelimiters(text, last)
  return { type: 'table', align, children: rows, position: placeOf(start, end) }
}

function endOfDelimiters(text: string, head: TableRow): number {
  const end = text.indexOf('\n', (head.position?.end.offset ?? 0) + 1)
  return end < 0 ? text.length : end
}

function alignOf(cell: string): AlignType {
  const marks = cell.trim()
  if (marks.startsWith(':')) return marks.endsWith(':') ? 'center' : 'left'
  return marks.endsWith(':') ? 'right' : null
}

function readRow(text: string, start: number, line: string, defined: Defined): TableRow | undefined {
  if (line.length < 3 || !line.startsWith('|') || !line.endsWith('|') || line.includes('||') || line.includes('\\'))
    return undefined
  const cells: TableCell[] = []
  for (let bar = 0; bar < line.length - 1; ) {
    const next = line.indexOf('|', bar + 1)
    const written = line.slice(bar + 1, next)
    const words = written.trim()
    const from = start + bar + 1 + written.indexOf(words)
    const children = words === '' ? [] : readPlainInline(text, [{ start: from, end: from + words.length }], defined)
    if (children === undefined || /[^\S ]/.test(written)) return undefined
    const end = next === line.length - 1 ? next + 1 : next
    cells.push({ type: 'tableCell', children, position: placeOf(start + bar, start + end) })
    bar = next
  }
  return { type: 'tableRow', children: cells, position: placeOf(start, start + line.length) }
}
