import type { Piece } from './accounted/claim.ts'
import { blockText } from './block-text.ts'
import { looksLikeCommand } from './criterion.ts'
import { type Entry, spanOf } from './entry.ts'
import type { Field } from './field-walk.ts'
import type { Span } from './findings.ts'
import { areCommands } from './gate-commands.ts'
import type { FieldName } from './label.ts'
import { ownsNested } from './module.ts'
import { looksLikePath } from './path.ts'

/** What a field took of the text, and what stands among its values and is none: it belongs to the phase's description. */
export interface FieldShare {
  readonly taken: readonly Span[]
  readonly left: readonly Piece[]
}

/** Divides the text of a field's entries into what the field's value holds and what it does not. */
export function shareOf({ name, label, heads = [], entries }: Field, source: string): FieldShare {
  const taken: Span[] = [label, ...heads]
  const left: Piece[] = []
  const marked = entries.some(({ form }) => form !== 'text')
  const listed = entries.some(({ form }) => form === 'item' || form === 'row')
  for (const entry of entries) divide(entry, name, name === 'criteria' ? listed : marked, source, taken, left)
  return { taken, left }
}

function divide(entry: Entry, name: FieldName, marked: boolean, source: string, taken: Span[], left: Piece[]): void {
  const text = introduction(entry, name, marked)
  if (text === undefined) taken.push(entry)
  else left.push({ text, start: entry.start, end: entry.end })
  for (const block of entry.rest ?? []) {
    const span = spanOf(block)
    if (isWhole(name)) taken.push(span)
    else if (block.type === 'list' && readsNested(name, entry)) continue
    else if (block.type === 'code' && name === 'testCommand') continue
    else left.push({ text: blockText(block, source), ...span })
  }
  if (isWhole(name)) return
  if (readsNested(name, entry))
    for (const child of entry.children ?? []) divide(child, name, marked, source, taken, left)
  if (name === 'testCommand') for (const fence of entry.fences ?? []) taken.push(fence)
}

/** Fields whose values are texts: what is below an item is part of it. */
function isWhole(name: FieldName): boolean {
  return name === 'tasks' || name === 'criteria' || name === 'gotchas'
}

/** Whether the field reads the lists below its items as values of their own. */
function readsNested(name: FieldName, entry: Entry): boolean {
  switch (name) {
    case 'testCommand':
    case 'files':
    case 'generated':
    case 'inputs':
    case 'dependsOn':
      return true
    case 'modules':
      return ownsNested(entry)
    default:
      return false
  }
}

/** The text of an entry that is no value of its field, although it stands among them. */
function introduction(entry: Entry, name: FieldName, marked: boolean): string | undefined {
  const fence =
    entry.form === 'fence'
      ? `\`\`\`${entry.language ?? ''}\n${entry.text.replace(/[ \t]+$/gm, '').trimEnd()}\n\`\`\``
      : undefined
  switch (name) {
    case 'tasks':
      return fence
    case 'criteria':
      return fence ?? (marked && entry.form === 'text' ? entry.text : undefined)
    case 'testCommand':
      if (entry.unclosed) return fence
      if (marked && entry.form === 'text' && !areCommands([entry])) return entry.text
      return isGroup(entry) ? entry.text : undefined
    case 'files':
      if (fence !== undefined) return isListOfPaths(entry.text) ? undefined : fence
      return isGroup(entry) && !entry.text.split(/[\s`,:]+/).some(looksLikePath) ? entry.text : undefined
    default:
      return undefined
  }
}

/** An item that names a group of values below it: `- Unit:`. */
function isGroup(entry: Entry): boolean {
  const nested = (entry.children?.length ?? 0) + (entry.fences?.length ?? 0)
  return (
    nested > 0 &&
    entry.text !== '' &&
    !looksLikeCommand(entry.text) &&
    !entry.lines.some(({ inlines }) => inlines.some(({ kind }) => kind === 'code'))
  )
}

function isListOfPaths(text: string): boolean {
  return text.split('\n').every((line) => line.trim() === '' || looksLikePath(line.trim()))
}
