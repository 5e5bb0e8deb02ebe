import type { LanguageName, Match, Node } from '../syntax/parser.ts'
import type { Placeholder, PlaceholderKind } from './placeholder.ts'

/** What unfinished work looks like in a language. */
export interface Syntax {
  /** File endings, and the grammar for each. */
  readonly grammars: Readonly<Record<string, LanguageName>>
  /** A tree-sitter query. A match with the capture `comment` is a comment; all others go to `read`. */
  readonly query: string
  /** What a match of code is; undefined when it is finished. */
  read(match: Match): Placeholder | undefined
}

export function placeholderAt(kind: PlaceholderKind, node: Node): Placeholder {
  return { kind, from: node.startPosition.row + 1, to: node.endPosition.row + 1 }
}

/** The text of a string literal without what opens and closes it. */
export function literalText(node: Node): string {
  return node.text.replace(/^[a-z]*(["'`]{1,3})([\s\S]*?)\1$/i, '$2')
}

/** Whether a function takes something that it is meant to use: `_` at the start of a name says that it is not. */
export function takesSomething(parameters: Node | null | undefined, ignored: RegExp): boolean {
  return (parameters?.namedChildren ?? []).some(
    (each) => each !== null && each.type !== 'comment' && !ignored.test(each.text),
  )
}
