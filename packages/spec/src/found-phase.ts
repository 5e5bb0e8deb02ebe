import type { ListItem } from 'mdast'
import type { Span } from './findings.ts'
import type { Section } from './outline.ts'
import type { PhaseHeading, PhaseKind } from './phase-heading.ts'
import type { SectionRank } from './section-name.ts'

/** A phase as it was found: its heading's words, and where its body is. */
export interface FoundPhase {
  readonly kind: PhaseKind
  readonly id: string
  readonly title: string
  readonly notes: readonly string[]
  /** The heading, or the list item's first words. */
  readonly span: Span
  /** Depth of its heading; a list item counts as deeper than any heading. */
  readonly depth: number
  readonly body: PhaseBody
}

export type PhaseBody =
  /** Blocks `from` (inclusive) to `to` (exclusive) of the outline. */
  | { readonly form: 'blocks'; readonly from: number; readonly to: number }
  /** A list item; `after` is where its title ends in its first paragraph. */
  | { readonly form: 'item'; readonly item: ListItem; readonly after: number; readonly block: number }

/** A heading that may be a phase's. */
export interface Candidate {
  readonly heading: Exclude<PhaseHeading, { form: 'range' | 'loose' }>
  readonly section: Section
  readonly index: number
  /** Index of the innermost implementation section that contains it; -1 for none. */
  readonly home: number
  readonly rank: SectionRank | 0
}

/** Whether a phase's id says that it is a part of another: `1.1` of `1`. */
export function isPartOf(inner: string, outer: string): boolean {
  return inner === outer || (inner.startsWith(outer) && /^(?:[.\-_]|[a-z]$)/i.test(inner.slice(outer.length)))
}

/** A heading's words, short enough for a message. */
export function shorten(words: string): string {
  return words.length > 80 ? `${words.slice(0, 77)}…` : words
}
