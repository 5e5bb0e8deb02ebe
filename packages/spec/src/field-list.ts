import type { ListItem, RootContent } from 'mdast'
import { blockText } from './block-text.ts'
import { type Entry, entriesOf, readItem, spanOf, textEntry } from './entry.ts'
import { itemText, readLines, warnColonless, warnNotRun } from './field-lines.ts'
import { warnCells } from './field-table.ts'
import { close, describe, type Open, type Walk, warnUnseen } from './field-walk.ts'
import { fitsField } from './fits-field.ts'
import { areCommands, haveCommands } from './gate-commands.ts'
import { gateLabel } from './gate-label.ts'
import { shownBlocks } from './hidden-html.ts'
import { type Line, wordsOf } from './inline.ts'
import { type FieldName, type Label, labelOf, restOf } from './label.ts'
import { parsePart } from './markdown.ts'

/**
 * Reads a list. What hangs lazily onto one of its items may open another field, which the items after it then belong to:
 * Markdown makes one list of items with `Gotchas:` between them.
 */
export function readList(walk: Walk, items: readonly ListItem[], readBlock: (block: RootContent) => void): void {
  let home = listHome(walk)
  // Set once the home has an item: a label that hangs onto the last item still waits for its value.
  let fed = false
  for (const [at, item] of items.entries()) {
    const read = readItem(item, walk.source)
    const found = labelOfItem(walk, read.entry, home)
    if (found?.field !== undefined && home?.name !== found.field)
      readLabelledItem(walk, found, found.field, read.entry, item)
    else readEntry(walk, read.entry, home, spanOf(item))
    fed = true
    if (read.lazy.length > 0) {
      const blocks = hungTable(read.lazy, walk.source)
      if (blocks.length === 0) readLines(walk, read.lazy, at < items.length - 1)
      else for (const block of blocks) readBlock(block)
      const next = listHome(walk)
      if (next !== home) fed = false
      home = next
    }
  }
  if (fed && walk.open === home && walk.open !== undefined) walk.open.hungry = false
}

/** The blocks that lines are which hang onto an item, where a table is among them: Markdown reads none there. */
function hungTable(lines: readonly Line[], source: string): readonly RootContent[] {
  const start = lines[0]?.start ?? 0
  const text = source.slice(start, lines.at(-1)?.end ?? start)
  const isTable = text.includes('|') && /^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\||$)/m.test(text)
  return isTable ? parsePart(text, start) : []
}

function readEntry(walk: Walk, entry: Entry, home: Open | undefined, item: { start: number; end: number }): void {
  for (const line of entry.lines) warnColonless(walk, line, true)
  const boxed = entry.checked !== undefined
  if (home?.name !== undefined && !(boxed && !fitsField(home.name, entry))) home.entries.push(entry)
  else if (boxed || (home === undefined && walk.aside === undefined)) walk.tasks.push(entry)
  else describe(walk, itemText(entry.text, entry.below), { start: item.start, end: endOf(entry) }, true)
}

/** Where an entry ends, with what is below it. */
function endOf(entry: Entry): number {
  const last = entry.rest?.at(-1)
  return last === undefined ? entry.end : spanOf(last).end
}

/** The label an item begins with. In the list of another field, only labels of fields count. */
function labelOfItem(
  walk: Walk,
  { lines, children = [], fences = [] }: Entry,
  home: Open | undefined,
): Label | undefined {
  const [head, ...more] = lines
  if (head === undefined) return undefined
  const found = labelOf(head, walk.source)
  if (found === undefined && head.inlines[0]?.unseen !== undefined) warnUnseen(walk, wordsOf(head.inlines), head)
  if (found === undefined || found.field !== undefined || home?.name !== undefined) return found
  const kind = gateLabel(found.words)
  if (kind === undefined) return found
  const entries = [...textOf(restOf(head, found.end), more), ...children, ...fences]
  if (kind === 'test' && areCommands(entries)) return { ...found, field: 'testCommand' }
  if (haveCommands(entries))
    warnNotRun(walk, found.words, { start: found.start, end: Math.max(found.start + 1, found.end) })
  return found
}

function textOf(rest: Line | undefined, more: readonly Line[]): readonly Entry[] {
  const all = rest === undefined ? more : [rest, ...more]
  return all.length === 0 ? [] : [textEntry(all)]
}

/** The field that a list belongs to, if one waits for it. A list after a label that had its value is the phase's own. */
function listHome(walk: Walk): Open | undefined {
  if (walk.open?.hungry === true) return walk.open
  close(walk)
  return walk.heading
}

/** `- **Depends on:** Phase 1`, or a label with its values as a list below. */
function readLabelledItem(walk: Walk, found: Label, name: FieldName, entry: Entry, item: ListItem): void {
  const [head, ...more] = entry.lines
  const entries: Entry[] = [...textOf(head === undefined ? undefined : restOf(head, found.end), more)]
  for (const child of shownBlocks(item.children.slice(1))) {
    if (child.type === 'table') warnCells(walk, child)
    const below = entriesOf(child, walk.source)
    if (below.length === 0) describe(walk, blockText(child, walk.source), spanOf(child))
    for (const one of below) {
      if (one.checked !== undefined && !fitsField(name, one)) walk.tasks.push(one)
      else entries.push(one)
    }
  }
  walk.fields.push({ name, label: { start: found.start, end: Math.max(found.start + 1, found.end) }, entries })
}
