import { basename, extname } from 'node:path/posix'
import { changedPaths, changedTexts, filesWith, type Oid, type Repository, readFileAt } from '@nx-conduct/git'
import { withMatches } from '../syntax/parser.ts'
import { go } from './go.ts'
import type { Import, ImportLanguage, Resolve, Unresolved } from './import.ts'
import { python } from './python.ts'
import type { SourceTree } from './source-tree.ts'
import { typescript } from './typescript.ts'

/** One line and one file for a further language. */
const languages: readonly ImportLanguage[] = [typescript, python, go]

/** What was written by others, or is there to be wrong. */
const unread =
  /(?:^|\/)(?:node_modules|bower_components|vendor|third_party|site-packages|\.yarn|(?:__)?(?:test)?fixtures?(?:__)?|test-?data|templates?)\/|\/generators\/(?:.*\/)?files\/|[.-]min\.\w+$/i

export interface ChangedTree {
  /** Tree that is compared with. */
  readonly base: Oid
  readonly tree: Oid
  /** Reads a tree's list of files. Called once for `tree`, and once for `base` where something that is gone is still imported. */
  readonly open: (tree: Oid) => Promise<SourceTree>
  readonly isWanted: (path: string) => boolean
}

/**
 * Imports that cannot work and that a change is to blame for, as `path:line: what: why`: they are in lines that it added or changed, in files
 * that it moved, or it took away what they lead to. What a tree alone does not decide is left out. Runs nothing.
 */
export async function findUnresolved(repo: Repository, change: ChangedTree): Promise<readonly string[]> {
  const { base, tree, open, isWanted } = change
  const isRead = (path: string) => languageOf(path) !== undefined && !unread.test(path) && isWanted(path)
  const changed = (await changedPaths(repo, base, tree)).filter(({ path }) => isRead(path))
  if (changed.length === 0) return []
  const now = new ResolvedTree(() => open(tree))
  const before = new ResolvedTree(() => open(base))
  const found: Finding[] = []
  const added = new Map<string, ReadonlySet<number>>()
  for await (const text of changedTexts(repo, base, tree, isRead)) {
    added.set(text.path, text.added)
    for (const imported of await importsIn(text.path, text.text)) {
      if (!isAmong(text.added, imported)) continue
      const unresolved = await now.resolve(text.path, imported)
      if (unresolved !== undefined) found.push({ path: text.path, imported, unresolved })
    }
  }
  const moved = changed.filter(({ path, status }) => status === 'added' && !added.has(path)).map(({ path }) => path)
  for (const path of moved) {
    // Its relative imports lead elsewhere; what its project declares was the same before.
    for (const imported of await importsAt(repo, tree, path)) {
      const unresolved = await now.resolve(path, imported)
      if (unresolved?.kind === 'missing') found.push({ path, imported, unresolved })
    }
  }
  const removed = changed.filter(({ status }) => status === 'deleted').map(({ path }) => path)
  const words = new Set(removed.flatMap((path) => languageOf(path)?.wordsFor(path) ?? []))
  for (const path of await filesWith(repo, tree, [...words])) {
    if (!isRead(path) || moved.includes(path)) continue
    for (const imported of await importsAt(repo, tree, path)) {
      if (isAmong(added.get(path) ?? new Set(), imported)) continue
      const unresolved = await now.resolve(path, imported)
      if (unresolved === undefined || (await before.resolve(path, imported)) !== undefined) continue
      found.push({ path, imported, unresolved: { ...unresolved, why: `${unresolved.why}; this phase took it away` } })
    }
  }
  return [...new Set(found.toSorted(inOrder).map(shown))]
}

interface Finding {
  readonly path: string
  readonly imported: Import
  readonly unresolved: Unresolved
}

function inOrder(one: Finding, other: Finding): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1
  return one.imported.from - other.imported.from
}

function shown({ path, imported, unresolved }: Finding): string {
  return `${path}:${imported.from}: ${imported.specifier}: ${unresolved.why}`
}

function isAmong(lines: ReadonlySet<number>, { from, to }: Import): boolean {
  for (let line = from; line <= to; line += 1) if (lines.has(line)) return true
  return false
}

function languageOf(path: string): ImportLanguage | undefined {
  const ending = endingOf(path)
  return languages.find(({ grammars }) => grammars[ending] !== undefined)
}

function endingOf(path: string): string {
  return extname(basename(path)).slice(1)
}

/** A tree and what its resolvers know of it. It is opened when something is first resolved. */
class ResolvedTree {
  readonly #open: () => Promise<SourceTree>
  readonly #resolvers = new Map<ImportLanguage, Promise<Resolve>>()
  #tree: Promise<SourceTree> | undefined

  constructor(open: () => Promise<SourceTree>) {
    this.#open = open
  }

  async resolve(path: string, imported: Import): Promise<Unresolved | undefined> {
    const language = languageOf(path)
    if (language === undefined || imported.need === 'optional') return undefined
    const resolver = this.#resolvers.get(language) ?? this.#resolverOf(language)
    this.#resolvers.set(language, resolver)
    const unresolved = await (await resolver)(path, imported)
    return unresolved?.kind === 'undeclared' && imported.need === 'conditional' ? undefined : unresolved
  }

  async #resolverOf(language: ImportLanguage): Promise<Resolve> {
    this.#tree ??= this.#open()
    return language.resolver(await this.#tree)
  }
}

async function importsAt(repo: Repository, tree: Oid, path: string): Promise<readonly Import[]> {
  return importsIn(path, (await readFileAt(repo, tree, path)) ?? '')
}

/** The imports in a file of a language that is known, in the order of the parser. */
export async function importsIn(path: string, text: string): Promise<readonly Import[]> {
  const language = languageOf(path)
  const grammar = language?.grammars[endingOf(path)]
  if (language === undefined || grammar === undefined) return []
  return withMatches(grammar, text.replaceAll('\0', ' '), language.query(grammar), (matches) =>
    matches.flatMap((match) => language.read(match) ?? []),
  )
}
