/** A place in a spec's text. `line` and `column` count from 1, `offset` from 0 in UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
  readonly offset: number
}

/** A half-open stretch of a spec's text. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

export type Severity = 'error' | 'warning' | 'info'

/** One finding about a spec: what, where, why, and what to do next. */
export interface Diagnostic {
  /** Stable, kebab-case; every code has an entry in the reference. */
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** The next thing a person can do about it. */
  readonly hint?: string
  readonly range: Range
  /** Other places that belong to the finding: both duplicates, the whole cycle. */
  readonly related?: readonly { readonly message: string; readonly range: Range }[]
}
