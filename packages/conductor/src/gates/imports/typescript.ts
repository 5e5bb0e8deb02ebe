import { basename, dirname } from 'node:path/posix'
import { type LanguageName, type Node, scriptGrammars } from '../syntax/parser.ts'
import { around, type Import, type ImportLanguage, linesOf } from './import.ts'
import { TypeScriptResolver } from './typescript/resolver.ts'

const everywhere = `
  (import_statement source: (string) @source) @statement
  (export_statement source: (string) @source) @statement
  (call_expression function: (import) arguments: (arguments . (string) @source)) @call
  (call_expression function: (identifier) @called arguments: (arguments . (string) @source .)) @call
`
const inTypeScript = `${everywhere}
  (import_require_clause source: (string) @source) @statement
`

/** TypeScript and JavaScript. */
export const typescript: ImportLanguage = {
  grammars: scriptGrammars,
  query: (grammar: LanguageName) => (grammar === 'javascript' ? everywhere : inTypeScript),
  read({ source, statement, call, called }) {
    const whole = statement ?? call
    if (source === undefined || whole === undefined) return undefined
    if (called !== undefined && (called.text !== 'require' || hasOwnRequire(called))) return undefined
    const specifier = source.text.slice(1, -1)
    // Escapes are for what nobody writes by hand.
    if (specifier === '' || specifier.includes('\\')) return undefined
    return { specifier, names: [], need: call === undefined ? needOfStatement(whole) : needOf(call), ...linesOf(whole) }
  },
  wordsFor(path) {
    const [stem = ''] = basename(path).split('.', 1)
    if (stem !== 'index') return [stem]
    const folder = basename(dirname(path))
    return [stem, ...(folder === '.' ? [] : [folder]), ...[`'.`, `".`].flatMap((dot) => [dot, `${dot}.`])]
  },
  resolver(tree) {
    const resolver = new TypeScriptResolver(tree)
    return (path, { specifier }) => resolver.resolve(path, specifier)
  },
}

/** Bundles give each of their modules a `require` of its own. */
function hasOwnRequire(called: Node): boolean {
  for (const node of around(called)) {
    const parameters = node.childForFieldName('parameters') ?? node.childForFieldName('parameter')
    if (parameters !== null && /\brequire\b/.test(parameters.text.slice(0, 200))) return true
  }
  return false
}

/** Where the compiler is told to overlook it, nobody relies on it. */
function needOfStatement({ previousSibling }: Node): Import['need'] {
  return /@ts-(?:ignore|expect-error)\b/.test(previousSibling?.type === 'comment' ? previousSibling.text : '')
    ? 'optional'
    : 'always'
}

function needOf(call: Node): Import['need'] {
  let inner = call
  let need: Import['need'] = 'always'
  for (const node of around(call)) {
    if (node.type === 'try_statement' && node.childForFieldName('body')?.id === inner.id) return 'optional'
    if (node.type === 'member_expression' && node.childForFieldName('property')?.text === 'catch') return 'optional'
    if (node.type === 'if_statement' || node.type === 'ternary_expression' || node.type === 'binary_expression') {
      need = 'conditional'
    }
    inner = node
  }
  return need
}
