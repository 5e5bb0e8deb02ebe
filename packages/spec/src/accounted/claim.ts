import type { Code } from '../codes.ts'
import type { Span } from '../findings.ts'
import type { FieldName } from '../label.ts'

/** What became of a stretch of the text. */
export type Fate =
  | { readonly kind: 'settings' }
  /** A phase's heading, or the words of an item that name a phase. */
  | { readonly kind: 'phase'; readonly phase: string }
  | { readonly kind: 'field'; readonly phase: string; readonly field: FieldName }
  | { readonly kind: 'description'; readonly phase: string }
  /** A heading outside the phases. */
  | { readonly kind: 'heading' }
  | { readonly kind: 'context' }
  /** Markup that says nothing by itself: rules, the ends of fences, link definitions. */
  | { readonly kind: 'markup' }
  /** What the rendered page does not show: comments, and what `<details>` and the like enclose. */
  | { readonly kind: 'hidden' }
  /** Read nowhere, as the finding of that code at this place says. */
  | { readonly kind: 'diagnostic'; readonly code: Code }

/** A stretch of the text that a pass took, and what it made of it. */
export interface Claim extends Span {
  readonly fate: Fate
}

/** A piece of a phase's text that is no field. */
export interface Piece extends Span {
  /** Canonical. */
  readonly text: string
  /** An item of a list; those that follow each other are one list. */
  readonly item?: true
}
