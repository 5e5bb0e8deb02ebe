import type { Heading, RootContent } from 'mdast'
import type { Piece } from './accounted/claim.ts'
import { blockText } from './block-text.ts'
import { type Entry, entriesOf, fenceEntry, spanOf } from './entry.ts'
import { readLines, warnNotRun } from './field-lines.ts'
import { readList } from './field-list.ts'
import { readTable } from './field-table.ts'
import {
  close,
  closeHeading,
  describe,
  type Field,
  feed,
  opened,
  seenWords,
  type Walk,
  warnMisspelt,
} from './field-walk.ts'
import type { Findings } from './findings.ts'
import { areCommands, haveCommands } from './gate-commands.ts'
import { gateLabel } from './gate-label.ts'
import { flatWords, type Line, linesOf } from './inline.ts'
import { type FieldName, headingLabel, labelOf } from './label.ts'

export type { Field } from './field-walk.ts'

/** A phase's body, taken apart. */
export interface PhaseFields {
  readonly fields: readonly Field[]
  /** Items outside every label: what there is to do. */
  readonly tasks: readonly Entry[]
  /** What is no field. */
  readonly description: readonly Piece[]
}

/** Splits a phase's blocks into labelled fields, tasks and text. `first` are lines before the blocks. */
export function readFields(
  blocks: readonly RootContent[],
  first: readonly Line[],
  source: string,
  findings: Findings,
): PhaseFields {
  const walk: Walk = {
    source,
    findings,
    fields: [],
    tasks: [],
    description: [],
    blocks,
    next: 0,
    heading: undefined,
    open: undefined,
    aside: undefined,
  }
  if (first.length > 0) readLines(walk, first)
  for (const block of blocks) {
    walk.next++
    readBlock(walk, block)
  }
  close(walk)
  closeHeading(walk)
  return { fields: walk.fields, tasks: walk.tasks, description: walk.description }
}

function readBlock(walk: Walk, block: RootContent): void {
  switch (block.type) {
    case 'heading':
      readHeading(walk, block)
      return
    case 'paragraph':
      readLines(walk, linesOf(block.children, walk.source))
      return
    case 'list':
      readList(walk, block.children, (one) => readBlock(walk, one))
      return
    case 'table':
      readTable(walk, block)
      return
    case 'code':
      if (feed(walk, [fenceEntry(block)])) return
      break
    case 'thematicBreak':
      close(walk)
      return
  }
  describe(walk, blockText(block, walk.source), spanOf(block))
}

function readHeading(walk: Walk, block: Heading): void {
  close(walk)
  const span = spanOf(block)
  const words = seenWords(walk, block.children, span)
  if (walk.heading !== undefined && block.depth <= (walk.heading.depth ?? 0)) closeHeading(walk)
  if (walk.aside !== undefined && block.depth <= walk.aside) walk.aside = undefined
  const name = headingLabel(words) ?? gateHeading(walk, words, span)
  const lines = linesOf(block.children, walk.source)
  const labelled = lines[0] === undefined ? undefined : labelOf(lines[0], walk.source)
  if (name === undefined && labelled?.field !== undefined) {
    closeHeading(walk)
    readLines(walk, lines)
  } else if (name !== undefined) {
    closeHeading(walk)
    walk.heading = opened(name, span, block.depth)
  } else {
    describe(walk, blockText(block, walk.source), span)
    if (walk.heading !== undefined) return
    warnMisspelt(walk, flatWords(block.children, walk.source), span)
    walk.aside ??= block.depth
  }
}

/** `#### Tests` is the test command where nothing but commands are below it; what else names commands is reported. */
function gateHeading(
  walk: Walk,
  words: string,
  span: { readonly start: number; readonly end: number },
): FieldName | undefined {
  const kind = gateLabel(words)
  if (kind === undefined) return undefined
  const below: Entry[] = []
  for (let at = walk.next; at < walk.blocks.length; at++) {
    const block = walk.blocks[at]
    if (block === undefined || block.type === 'heading') break
    for (const entry of entriesOf(block, walk.source)) below.push(entry)
  }
  if (kind === 'test' && areCommands(below)) return 'testCommand'
  if (haveCommands(below)) warnNotRun(walk, words, span)
  return undefined
}
