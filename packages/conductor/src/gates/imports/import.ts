import type { LanguageName, Match, Node } from '../syntax/parser.ts'
import type { SourceTree } from './source-tree.ts'

/** What a file asks for. */
export interface Import {
  /** As written; a relative Python module with its dots. */
  readonly specifier: string
  /** Names that are taken of it and may be modules of their own. */
  readonly names: readonly string[]
  /** `conditional`: some environments alone need it. `optional`: the code expects that it may not be there. */
  readonly need: 'always' | 'conditional' | 'optional'
  /** First and last line of the statement, from 1. */
  readonly from: number
  readonly to: number
}

/** Why an import cannot work. `missing`: a file of the tree is not there. `undeclared`: no manifest names the package. */
export interface Unresolved {
  readonly kind: 'missing' | 'undeclared'
  readonly why: string
}

/** Undefined for an import that works, or of which the tree alone does not say whether it does. */
export type Resolve = (path: string, imported: Import) => Promise<Unresolved | undefined>

/** A language whose imports are resolved. */
export interface ImportLanguage {
  /** File endings, and the grammar for each. */
  readonly grammars: Readonly<Record<string, LanguageName>>
  /** A tree-sitter query; its matches go to `read`. */
  query(grammar: LanguageName): string
  /** The import that a match is; undefined for one that is computed when it runs. */
  read(match: Match): Import | undefined
  /** Words of which a file that imports the file at `path` has one. */
  wordsFor(path: string): readonly string[]
  resolver(tree: SourceTree): Resolve
}

/** Lines of a node, from 1. */
export function linesOf(node: Node): Pick<Import, 'from' | 'to'> {
  return { from: node.startPosition.row + 1, to: node.endPosition.row + 1 }
}

/** The nodes around a node, from the inside. */
export function* around(node: Node): Generator<Node, void, void> {
  for (let at = node.parent; at !== null; at = at.parent) yield at
}
