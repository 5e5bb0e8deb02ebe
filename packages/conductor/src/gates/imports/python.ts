import { basename, dirname } from 'node:path/posix'
import type { Match, Node } from '../syntax/parser.ts'
import { around, type Import, type ImportLanguage, linesOf } from './import.ts'
import { PythonResolver } from './python/resolver.ts'

export const python: ImportLanguage = {
  grammars: { py: 'python', pyi: 'python' },
  query: () => `
    (import_statement name: (dotted_name) @module) @import
    (import_statement name: (aliased_import name: (dotted_name) @module)) @import
    (import_from_statement module_name: (_) @module) @from
  `,
  read(match: Match): Import | undefined {
    const { module, from } = match
    const statement = from ?? match['import']
    if (module === undefined || statement === undefined) return undefined
    return {
      specifier: module.text.replace(/\s/g, ''),
      names: from === undefined ? [] : namesIn(from),
      need: needOf(statement),
      ...linesOf(from === undefined ? module : from),
    }
  },
  wordsFor(path) {
    const [stem = ''] = basename(path).split('.', 1)
    const module = stem === '__init__' ? basename(dirname(path)) : stem
    return module === '.' ? [] : [module]
  },
  resolver(tree) {
    const resolver = new PythonResolver(tree)
    return (path, imported) => resolver.resolve(path, imported)
  },
}

function namesIn(from: Node): readonly string[] {
  return from
    .childrenForFieldName('name')
    .map((node) => (node?.type === 'aliased_import' ? node.childForFieldName('name') : node)?.text ?? '')
    .filter((name) => name !== '')
}

/** Handlers that expect that a module may not be there. */
const handlesMissing = /^except\s*(?::|\*?[^:]*\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b)/
const byEnvironment = /\b(?:TYPE_CHECKING|version_info|platform|PY[23]|hexversion|os\.name|implementation)\b/

function needOf(statement: Node): Import['need'] {
  let need: Import['need'] = 'always'
  for (const node of around(statement)) {
    if (node.type === 'try_statement') {
      const handlers = node.namedChildren.filter((child) => child?.type.startsWith('except'))
      if (handlers.some((handler) => handlesMissing.test(handler?.text ?? ''))) return 'optional'
    }
    if (node.type === 'with_statement' && /^(?:async )?with\s[^\n]*\bsuppress\(/.test(node.text)) return 'optional'
    if (node.type === 'if_statement' && byEnvironment.test(node.text.split('\n', 1)[0] ?? '')) need = 'conditional'
  }
  return need
}
