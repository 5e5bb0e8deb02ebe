import { basename, dirname } from 'node:path/posix'
import { GoResolver } from './go/resolver.ts'
import type { ImportLanguage } from './import.ts'
import { linesOf } from './import.ts'

export const go: ImportLanguage = {
  grammars: { go: 'go' },
  query: () => '(import_spec path: (_) @path) @import',
  read(match) {
    const { path } = match
    const specifier = path?.text.slice(1, -1) ?? ''
    if (path === undefined || specifier === '') return undefined
    return { specifier, names: [], need: 'always', ...linesOf(path) }
  },
  wordsFor(path) {
    const folder = basename(dirname(path))
    return folder === '.' ? [] : [folder]
  },
  resolver(tree) {
    const resolver = new GoResolver(tree)
    return (path, { specifier }) => resolver.resolve(path, specifier)
  },
}
