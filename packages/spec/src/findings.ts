import { type Code, codes } from './codes.ts'
import type { Diagnostic, Severity } from './diagnostic.ts'
import type { Source } from './source.ts'

/** A place in the source, in offsets. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What a pass says about a place; the code decides how grave it is. */
export interface Finding {
  readonly message: string
  readonly hint?: string
  /** Instead of that of the code, where a setting says so. */
  readonly severity?: Severity
  readonly related?: readonly { readonly message: string; readonly span: Span }[]
}

/** Collects what the passes find. A text of any size yields a bounded list: past the limit only errors are kept, then nothing. */
export interface Findings {
  add(code: Code, span: Span, finding: Finding): void
  /** All findings, in the order of the text. */
  sorted(): readonly Diagnostic[]
}

const LIMIT = 1_000

export function collectFindings(source: Source): Findings {
  const all: Diagnostic[] = []
  return {
    add(code, span, { message, hint, related, severity = codes[code] }) {
      if (all.length >= (severity === 'error' ? 2 * LIMIT : LIMIT)) return
      all.push({
        code,
        severity,
        message,
        ...(hint === undefined ? {} : { hint }),
        range: source.range(span.start, span.end),
        ...(related === undefined
          ? {}
          : {
              related: related.map((other) => ({
                message: other.message,
                range: source.range(other.span.start, other.span.end),
              })),
            }),
      })
    },
    sorted: () => all.toSorted((a, b) => a.range.start.offset - b.range.start.offset),
  }
}
