import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Language, Node, Parser, Query } from '@vscode/tree-sitter-wasm'

export type { Node } from '@vscode/tree-sitter-wasm'

/** The languages whose syntax gates read, as the parser's files are named. */
export type LanguageName = 'javascript' | 'typescript' | 'tsx' | 'python' | 'go'

/** Grammars by the endings of files in JavaScript and TypeScript. */
export const scriptGrammars: Readonly<Record<string, LanguageName>> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
}

/** What a query found, by capture name. */
export type Match = Readonly<Record<string, Node>>

type TreeSitter = typeof import('@vscode/tree-sitter-wasm')

interface Loaded {
  readonly module: TreeSitter
  readonly parser: Parser
  readonly language: Language
  /** By their text. */
  readonly queries: Map<string, Query>
}

const loaded = new Map<LanguageName, Promise<Loaded>>()

/**
 * Parses a text and gives `use` what a tree-sitter query matches in it. The nodes are valid until `use` returns. A text with errors is
 * parsed as far as it goes. Loads a language when it is first asked for: a second of processor time that few processes need.
 */
export async function withMatches<T>(
  name: LanguageName,
  text: string,
  query: string,
  use: (matches: readonly Match[]) => T,
): Promise<T> {
  const { module, parser, language, queries } = await languageOf(name)
  const compiled = queries.get(query) ?? new module.Query(language, query)
  queries.set(query, compiled)
  const tree = parser.parse(text)
  if (tree === null) throw new Error(`the ${name} parser gave up`)
  try {
    const matches = compiled.matches(tree.rootNode)
    return use(matches.map(({ captures }) => Object.fromEntries(captures.map(({ name, node }) => [name, node]))))
  } finally {
    tree.delete()
  }
}

function languageOf(name: LanguageName): Promise<Loaded> {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const loading = load(name)
  loaded.set(name, loading)
  loading.catch(() => loaded.delete(name))
  return loading
}

async function load(name: LanguageName): Promise<Loaded> {
  const require = createRequire(import.meta.url)
  const module = require('@vscode/tree-sitter-wasm') as TreeSitter
  const folder = dirname(require.resolve('@vscode/tree-sitter-wasm'))
  await module.Parser.init()
  const language = await module.Language.load(await readFile(join(folder, `tree-sitter-${name}.wasm`)))
  const parser = new module.Parser()
  parser.setLanguage(language)
  return { module, parser, language, queries: new Map() }
}
