import type { Item, Piece } from './document.ts'
import { labelIn } from './label-words.ts'

/** A stretch of a section: a label with its value, or a block without one. */
export type Segment =
  | {
      readonly kind: 'labelled'
      /** In lower case, without brackets and marks. */
      readonly label: string
      readonly value: string
      readonly raw: string
      readonly line: number
      /** The list, fence or table below, where the label has no value of its own or announces more. */
      readonly owns: readonly Piece[]
    }
  | { readonly kind: 'piece'; readonly piece: Piece }

/** Cuts a section's blocks at the labels that its lines begin with. */
export function segmentsOf(pieces: readonly Piece[]): readonly Segment[] {
  const segments: Segment[] = []
  let open: { owns: Piece[] } | undefined
  for (const piece of pieces) {
    if (piece.kind !== 'text') {
      if (open !== undefined && (piece.kind === 'list' || piece.kind === 'fence')) open.owns.push(piece)
      else segments.push({ kind: 'piece', piece })
      open = undefined
      continue
    }
    open = undefined
    for (const { text, line } of paragraphsOf(piece)) {
      const found = labelIn(text)
      if (found === undefined) {
        segments.push({ kind: 'piece', piece: { kind: 'text', raw: text, line } })
        open = undefined
        continue
      }
      const owns: Piece[] = []
      segments.push({ kind: 'labelled', ...found, raw: text, line, owns })
      open = found.value === '' || /[:：]$/.test(found.value) ? { owns } : undefined
    }
  }
  return segments
}

/** A paragraph, cut before every line that begins with a label. */
function paragraphsOf(piece: Extract<Piece, { kind: 'text' }>): readonly { text: string; line: number }[] {
  const parts: { text: string; line: number }[] = []
  piece.raw.split('\n').forEach((raw, index) => {
    const text = raw.trim()
    const last = parts.at(-1)
    if (last !== undefined && labelIn(text) === undefined) last.text += `\n${text}`
    else parts.push({ text, line: piece.line + index })
  })
  return parts
}

/** All items of the lists among some blocks. */
export function itemsIn(pieces: readonly Piece[]): readonly Item[] {
  return pieces.flatMap((piece) => (piece.kind === 'list' ? piece.items : []))
}

/** Some blocks as Markdown again. */
export function rawOf(pieces: readonly Piece[]): string {
  return pieces.map(({ raw }) => raw).join('\n\n')
}

/** A label's segment as Markdown again. */
export function rawSegment(segment: Segment): readonly string[] {
  return segment.kind === 'piece' ? [segment.piece.raw] : [segment.raw, ...segment.owns.map(({ raw }) => raw)]
}

/** An item with what is nested under it, as one text. */
export function wholeItem({ text, below }: Item): string {
  return below === '' ? text : `${text}\n${below}`
}
