import type { ForeignDocument, Item, Piece } from './document.ts'
import { readDocument } from './document.ts'
import { filesNamed } from './files-named.ts'
import type { ForeignPhase, ForeignSource, ForeignTask } from './foreign-plan.ts'
import { rawSegment, type Segment, segmentsOf } from './labels.ts'
import type { LostList } from './lost.ts'

/** A phase while it is read. */
export interface Draft extends ForeignPhase {
  dependsOn: ForeignPhase['dependsOn']
  done: boolean
  readonly text: string[]
  readonly tasks: ForeignTask[]
  readonly testCommands: string[]
  readonly criteria: string[]
  readonly gotchas: string[]
  readonly files: string[]
}

export function draftPhase(id: string, title: string, line: number): Draft {
  return {
    id,
    title: title.replace(/\s+/g, ' ').trim(),
    dependsOn: 'previous',
    text: [],
    tasks: [],
    testCommands: [],
    criteria: [],
    gotchas: [],
    files: [],
    done: false,
    line,
  }
}

/** Adds what is not there yet. */
export function addAll(to: string[], more: readonly string[]): void {
  for (const one of more) if (!to.includes(one)) to.push(one)
}

/** How a format reads a phase's body; what it does not take is the phase's text. */
export interface BodyRules {
  /** Takes a label; false leaves it to the text. */
  label?(segment: Extract<Segment, { kind: 'labelled' }>): boolean
  /** Takes a whole sub-section; false has it read like the rest. */
  section?(words: string, pieces: readonly Piece[]): boolean
  /** Takes an item of a check list. */
  task(item: Item, group: string | undefined): void
}

/** Reads a phase's blocks: check lists are tasks, labels and sub-sections are what the format says, the rest is text. */
export function readBody(draft: Draft, body: readonly Piece[], rules: BodyRules): void {
  for (const { heading, pieces } of sectionsOf(body)) {
    const words = heading?.words ?? ''
    if (heading !== undefined && rules.section?.(words, pieces) === true) continue
    const hasTasks = pieces.some(isCheckList)
    const group = heading !== undefined && hasTasks ? rawHeading(heading) : undefined
    if (heading !== undefined && !hasTasks) draft.text.push(`**${words}**`)
    for (const segment of segmentsOf(pieces)) {
      if (segment.kind === 'labelled') {
        if (rules.label?.(segment) === true) continue
        draft.text.push(segment.raw)
        for (const owned of segment.owns) readBlock(draft, owned, group, rules)
      } else readBlock(draft, segment.piece, group, rules)
    }
  }
}

function readBlock(draft: Draft, piece: Piece, group: string | undefined, rules: BodyRules): void {
  if (piece.kind === 'list' && isCheckList(piece)) {
    for (const item of piece.items) rules.task(item, group)
  } else if (!isComment(piece)) draft.text.push(piece.raw)
}

export function isCheckList(piece: Piece): boolean {
  return piece.kind === 'list' && piece.items.some(({ checked }) => checked !== undefined)
}

function isComment(piece: Piece): boolean {
  return piece.kind === 'html' && piece.raw.replace(/<!--[\s\S]*?(?:-->|$)/g, '').trim() === ''
}

/** A section's blocks, cut at its headings. */
export function sectionsOf(
  body: readonly Piece[],
): readonly { readonly heading?: Extract<Piece, { kind: 'heading' }>; readonly pieces: readonly Piece[] }[] {
  const sections: { heading?: Extract<Piece, { kind: 'heading' }>; pieces: Piece[] }[] = [{ pieces: [] }]
  for (const piece of body) {
    if (piece.kind === 'heading') sections.push({ heading: piece, pieces: [] })
    else sections.at(-1)?.pieces.push(piece)
  }
  return sections
}

/** A heading's Markdown without its marks. */
export function rawHeading({ raw, words }: { readonly raw: string; readonly words: string }): string {
  const line = raw.match(/^#{1,6}\s+(.*?)(?:\s+#+)?$/)?.[1]
  return line ?? words
}

/** A heading's Markdown behind its number: `Epic 1: Notes` gives `Notes`. */
export function titleBehind(heading: { readonly raw: string; readonly words: string }, number: RegExp): string {
  const raw = rawHeading(heading)
  const match = raw.match(number)
  return match === null ? heading.words.replace(number, '') : raw.slice(match[0].length)
}

/** An item as a task, with the files that it names. */
export function pushTask(draft: Draft, item: Item, group: string | undefined, text = item.text): void {
  draft.tasks.push(taskOf(item, group, text))
  addAll(draft.files, filesNamed(text))
}

export function taskOf(item: Item, group?: string, text = item.text): ForeignTask {
  return {
    text,
    below: item.below,
    done: item.checked === true,
    ...(group === undefined ? {} : { group }),
    line: item.line,
  }
}

const GENERIC =
  /^\W*(?:[\d.]+\s+)?(?:tasks?(?: list)?|phases|phase details|steps|implementation (?:plan|tasks|phases|steps)|work packages|milestones)\W*$/i

/** Blocks outside the phases, as context. A heading whose content all went into the phases is left out, and named in `lost` where it says something. */
export function contextOf(
  pieces: readonly Piece[],
  { pieces: all }: Pick<ForeignDocument, 'pieces'>,
  lost: LostList,
): readonly string[] {
  const shown = pieces.filter((piece) => !isComment(piece))
  const kept = new Set(shown)
  return shown
    .filter((piece, index) => {
      const next = shown[index + 1]
      if (piece.kind !== 'heading' || (next !== undefined && (next.kind !== 'heading' || next.depth > piece.depth)))
        return true
      const below = all[all.indexOf(piece) + 1]
      if (below === undefined || kept.has(below) || isComment(below)) return true
      if (!GENERIC.test(piece.words))
        lost.add(piece.line, `the heading "${piece.words}"`, 'phases have no groups; their order is kept')
      return false
    })
    .map(({ raw }) => raw)
}

/** Documents beside the plan, as context: each under its own title, or its name. */
export function besideContext(source: ForeignSource, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const text = source.beside.get(name)
    if (text === undefined) return []
    const document = readDocument(text)
    const blocks = document.pieces.filter((piece) => !isComment(piece))
    return [
      `## ${document.title === '' ? name : document.title}`,
      ...blocks.map((piece) =>
        piece.kind === 'heading' ? `${'#'.repeat(Math.min(6, piece.depth + 1))} ${rawHeading(piece)}` : piece.raw,
      ),
    ]
  })
}

/** Names what every format has no place for: keys of the front matter, and text behind an element that is never closed. */
export function loseSurroundings(document: ForeignDocument, lost: LostList, read: readonly string[] = []): void {
  const { front } = document
  if (front !== undefined) {
    front.split('\n').forEach((line, index) => {
      const key = line.match(/^([A-Za-z_][\w-]*)\s*:/)?.[1]
      if (key !== undefined && !read.includes(key))
        lost.add(index + 2, `front matter ${key}`, 'left out; settings of a spec are in the reference')
    })
  }
  if (document.unclosed !== undefined)
    lost.add(
      document.unclosed,
      'everything behind an element that is never closed',
      'left out; close it and import again',
    )
}

/** The text of a label's segment as Markdown blocks. */
export function keepText(draft: Draft, segment: Segment): true {
  draft.text.push(...rawSegment(segment))
  return true
}
