import type { Node } from '../syntax/parser.ts'
import { placeholderAt, type Syntax, takesSomething } from './syntax.ts'

/** Classes that others are made from: what is missing in them is written there. */
const forOthers = /\b(?:ABC|ABCMeta|Protocol|Interface|Enum)\b/
const nothing = new Set(['pass_statement', 'comment'])

export const python: Syntax = {
  grammars: { py: 'python' },
  query: `
    (comment) @comment
    (raise_statement) @raised
    (function_definition name: (identifier) @name parameters: (parameters) @parameters body: (block) @body) @function
  `,
  read({ raised, name, parameters, body, function: defined }) {
    if (raised !== undefined) {
      if (!/^raise\s+NotImplementedError\b/.test(raised.text)) return undefined
      const within = enclosing(raised, 'function_definition')
      return within !== undefined && isAbstract(within) ? undefined : placeholderAt('not-implemented', raised)
    }
    if (defined === undefined || body === undefined || name === undefined) return undefined
    const isEmpty = body.namedChildren.every((each) => each !== null && isNothing(each))
    if (!isEmpty || isAbstract(defined) || /^(?:__\w+__|_?no_?op)$/.test(name.text)) return undefined
    if (defined.parent?.type === 'decorated_definition') return undefined
    const isMethod = enclosing(defined, 'class_definition') !== undefined
    const isMeant = !isMethod || takesSomething(parameters, /^(?:self|cls|[*]{0,2}_|\*$)/)
    return isMeant ? placeholderAt('empty-body', defined) : undefined
  },
}

/** `pass`, `...` and texts, of which the first documents the function. */
function isNothing(node: Node): boolean {
  if (nothing.has(node.type)) return true
  const [only, more] = node.namedChildren
  return (
    node.type === 'expression_statement' && more === undefined && (only?.type === 'ellipsis' || only?.type === 'string')
  )
}

/** Whether a function is there for subclasses to replace. */
function isAbstract(defined: Node): boolean {
  const decorated = defined.parent?.type === 'decorated_definition' ? defined.parent.text.slice(0, 400) : ''
  if (/@\s*(?:\w+\.)*(?:abstract\w*|overload)\b/.test(decorated)) return true
  const owner = enclosing(defined, 'class_definition')
  if (owner === undefined) return false
  const ownName = owner.childForFieldName('name')?.text ?? ''
  if (/^_?(?:Base|Abstract)|(?:Base|Mixin|Interface)$/.test(ownName)) return true
  if (forOthers.test(owner.childForFieldName('superclasses')?.text ?? '')) return true
  // A class of the same file is made from it.
  return new RegExp(`^\\s*class\\s+\\w+\\s*\\([^)]*\\b${ownName}\\b`, 'm').test(rootOf(owner).text)
}

function enclosing(node: Node, type: string): Node | undefined {
  for (let at = node.parent; at !== null; at = at.parent) if (at.type === type) return at
  return undefined
}

function rootOf(node: Node): Node {
  return node.tree.rootNode
}
