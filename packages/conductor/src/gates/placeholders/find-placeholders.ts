import { basename, extname } from 'node:path/posix'
import { withMatches } from '../syntax/parser.ts'
import { placeholdersInComment } from './comments.ts'
import { go } from './go.ts'
import type { Placeholder, PlaceholderKind } from './placeholder.ts'
import { placeholdersInLines } from './plain.ts'
import { python } from './python.ts'
import type { Syntax } from './syntax.ts'
import { typescript } from './typescript.ts'

/** One line and one file for a further language. */
const syntaxes: readonly Syntax[] = [typescript, python, go]

/** Prose may speak of unfinished work; so may what was recorded, generated, or is no text. */
const unread =
  /\.(?:md|mdx|markdown|txt|rst|adoc|svg|snap|lock|map|csv|tsv|png|jpe?g|gif|webp|avif|ico|pdf|zip|gz|tgz|bz2|xz|7z|jar|wasm|woff2?|ttf|otf|eot|mp[34]|webm|mov|so|dll|exe|bin|class|pyc|o|a)$|\.min\.\w+$|(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)pnpm-lock\.yaml$/i
/** Doubles and empty functions are at home in tests. */
const ofTests =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|fixtures?|testdata|mocks?|stubs?)\/|[._-](?:test|spec|mock|stub|stories)\.\w+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$|_test\.\w+$/i
const generated = /^\W*(?:.*\bCode generated\b.*\bDO NOT EDIT\b|@generated\b|.*\bautomatically generated\b)/im
/** Declares what is written elsewhere: what its comments say of that is documentation. */
const declaration = /\.d\.[cm]?ts$/
const marks: ReadonlySet<PlaceholderKind> = new Set(['TODO', 'FIXME', 'XXX', 'HACK'])

/** How far into a file a generator names itself. */
const headCharacters = 2_000

/** Whether a file may hold unfinished work, by its path. */
export function mayHoldPlaceholders(path: string): boolean {
  return !unread.test(path)
}

/** Unfinished work in a file, in the order of its lines. */
export async function findPlaceholders(path: string, text: string): Promise<readonly Placeholder[]> {
  if (generated.test(text.slice(0, headCharacters))) return []
  const ending = extname(basename(path)).slice(1).toLowerCase()
  const syntax = syntaxes.find(({ grammars }) => grammars[ending] !== undefined)
  const grammar = syntax?.grammars[ending]
  if (syntax === undefined || grammar === undefined) return placeholdersInLines(text)
  const isTest = ofTests.test(path)
  return withMatches(grammar, text.replaceAll('\0', ' '), syntax.query, (matches) =>
    matches
      .flatMap((match) => {
        const { comment } = match
        if (comment !== undefined) return placeholdersInComment(comment.text, comment.startPosition.row + 1)
        return isTest ? [] : (syntax.read(match) ?? [])
      })
      .filter(({ kind }) => marks.has(kind) || !declaration.test(path))
      .toSorted((one, other) => one.from - other.from),
  )
}
