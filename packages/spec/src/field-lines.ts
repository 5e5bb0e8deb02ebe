import type { RootContent } from 'mdast'
import { type Entry, entriesOf, textEntry } from './entry.ts'
import { close, describe, opened, type Walk, warnMisspelt, warnUnseen } from './field-walk.ts'
import { areCommands, haveCommands } from './gate-commands.ts'
import { gateLabel } from './gate-label.ts'
import { type Line, wordsOf } from './inline.ts'
import { aloneLabel, arePaths, FIELD_LABELS, isInputsLabel, type Label, labelOf, restOf, splitLabels } from './label.ts'
import { colonlessField } from './label-slip.ts'

/** A value that only announces the list below it: `Success Criteria: all of these`. */
const INTRODUCES =
  /[:：]$|^(?:all (?:of )?(?:the following|these|must\b.*)|the following|these|as follows|see below)(?: must (?:hold|pass|be true))?[.:]?$/i

/** Reads a paragraph (or what continues an item lazily, with `items` if more follow): labels at the beginning of lines, and text. */
export function readLines(walk: Walk, lines: readonly Line[], items = false): void {
  let run: Line[] = []
  const flush = (): void => {
    const kept = run
    run = []
    if (kept.length > 0) readText(walk, kept)
  }
  const label = walk.open
  const all = lines.flatMap(splitLabels)
  for (const [at, line] of all.entries()) {
    const last = at === all.length - 1
    const found = labelAt(walk, line, last, items)
    if (found === undefined || (found.field === undefined && walk.heading !== undefined && walk.open === undefined)) {
      warnColonless(walk, line)
      run.push(line)
      continue
    }
    flush()
    openLabel(walk, found, line)
    const rest = restOf(line, found.end)
    if (rest !== undefined) run.push(rest)
  }
  flush()
  settleHunger(walk, label === walk.open)
}

/** A field with a value on its own line asks for more only where that value announces it, or (in a paragraph apart) is no command. */
function settleHunger(walk: Walk, apart: boolean): void {
  const { open } = walk
  const last = open?.entries.at(-1)
  if (open === undefined || last === undefined) return
  const below = apart && open.name === 'testCommand' && isValue(walk.blocks[walk.next])
  open.hungry = INTRODUCES.test(last.text) || (below && open.entries.length === 1 && !areCommands([last]))
  if (!/[:：]$/.test(last.text)) return
  open.entries.pop()
  if (INTRODUCES.test(last.text.replace(/[:：]$/, ''))) open.heads.push(last)
  else describe(walk, last.text, last)
}

function labelAt(walk: Walk, line: Line, last: boolean, items: boolean): Label | undefined {
  const found = labelOf(line, walk.source)
  if (found !== undefined) return asInputs(walk, asGate(walk, found, line, last), line, last)
  const alone = last && (items || isValue(walk.blocks[walk.next])) ? aloneLabel(line) : undefined
  if (alone !== undefined) return alone
  const [first] = line.inlines
  if (first?.unseen !== undefined || first?.kind === 'image') warnUnseen(walk, wordsOf(line.inlines), line)
  return undefined
}

function isValue(block: RootContent | undefined): boolean {
  return block?.type === 'list' || block?.type === 'code' || block?.type === 'table'
}

/** `Tests: …` is the test command where its value is nothing but commands; what else names commands is reported. */
function asGate(walk: Walk, found: Label, line: Line, last: boolean): Label {
  const kind = found.field === undefined ? gateLabel(found.words) : undefined
  if (kind === undefined) return found
  const entries = valuesBehind(walk, found, line, last)
  if (kind === 'test' && areCommands(entries)) return { ...found, field: 'testCommand' }
  if (haveCommands(entries))
    warnNotRun(walk, found.words, { start: found.start, end: Math.max(found.start + 1, found.end) })
  return found
}

/** `Inputs: …` is what the phase's test reads where its value is nothing but paths; elsewhere it is an ordinary word of the text. */
function asInputs(walk: Walk, found: Label, line: Line, last: boolean): Label {
  if (found.field !== undefined || !isInputsLabel(found.words)) return found
  const values = valuesBehind(walk, found, line, last)
  return arePaths(values.map(({ text }) => text).join(' ')) ? { ...found, field: 'inputs' } : found
}

/** What follows a label: the rest of its line or, where that is empty, the block below it. */
function valuesBehind(walk: Walk, found: Label, line: Line, last: boolean): readonly Entry[] {
  const rest = restOf(line, found.end)
  const below = walk.blocks[walk.next]
  if (rest !== undefined) return [textEntry([rest])]
  return last && below !== undefined ? entriesOf(below, walk.source) : []
}

/** Reports commands under a label that does not have them run. */
export function warnNotRun(walk: Walk, words: string, span: { readonly start: number; readonly end: number }): void {
  walk.findings.add('commands-not-run', span, {
    message: `what stands under "${words}" is kept as text, and not run`,
    hint: 'label it "Test Command:" to have it run as the phase\'s test',
  })
}

/** Reports a line that begins with a label's words and goes on without a colon. */
export function warnColonless(walk: Walk, line: Line, isItem = false): void {
  const field = colonlessField(line)
  if (field === undefined) return
  // In its own list it is a sentence: "Dependencies", "- Depends on WP01".
  const isOwn = field === walk.open?.name || field === walk.heading?.name
  if (isOwn && (isItem || field === 'dependsOn')) return
  walk.findings.add(
    'misspelt-label',
    { start: line.start, end: line.end },
    {
      message: `this line begins as "${FIELD_LABELS[field]}:" does, but has no colon behind the label, and is kept as text`,
      hint: `write "${FIELD_LABELS[field]}:" and its value behind it`,
    },
  )
}

function openLabel(walk: Walk, found: Label, line: Line): void {
  close(walk)
  const span = { start: found.start, end: Math.max(found.start + 1, Math.min(found.end, line.end)) }
  if (found.field === undefined) {
    warnMisspelt(walk, found.words, span)
    describe(walk, `${found.words}:`, span)
  }
  walk.open = opened(found.field, span)
}

function readText(walk: Walk, lines: readonly Line[]): void {
  const entry = textEntry(lines)
  if (walk.open?.hungry) {
    if (walk.open.name === undefined) describe(walk, entry.text, entry)
    else walk.open.entries.push(entry)
    walk.open.hungry = false
    return
  }
  close(walk)
  if (walk.heading?.name !== undefined) walk.heading.entries.push(entry)
  else describe(walk, entry.text, entry)
}

/** The canonical text of an entry of a list that is kept as text. */
export function itemText(text: string, below: string | undefined): string {
  return `- ${text}${below === undefined ? '' : `\n  ${below.replaceAll('\n', '\n  ')}`}`
}
