import { scriptGrammars } from '../syntax/parser.ts'
import { saysNotImplemented } from './placeholder.ts'
import { literalText, placeholderAt, type Syntax, takesSomething } from './syntax.ts'

/** A constructor's parameters may be its fields, and functions with a capital were classes once. */
const emptyByNature = /^(?:constructor$|[A-Z]|_?no_?op|_?noOp)/

/** TypeScript and JavaScript. */
export const typescript: Syntax = {
  grammars: scriptGrammars,
  query: `
    (comment) @comment
    (new_expression constructor: (identifier) @class arguments: (arguments . [(string) (template_string)] @message)) @made
    (function_declaration name: (_) @name parameters: (_) @parameters body: (statement_block) @body) @function
    (method_definition name: (_) @name parameters: (_) @parameters body: (statement_block) @body) @method
  `,
  read({ class: errorClass, message, made, name, parameters, body, function: declared, method }) {
    if (made !== undefined) {
      const isError = /(?:Error|Exception)$/.test(errorClass?.text ?? '')
      if (!isError || message === undefined) return undefined
      return saysNotImplemented(literalText(message)) ? placeholderAt('not-implemented', made) : undefined
    }
    const whole = declared ?? method
    if (whole === undefined || body === undefined || body.namedChildCount > 0) return undefined
    if (emptyByNature.test(name?.text ?? '')) return undefined
    return takesSomething(parameters, /^(?:_|\.\.\._|\{\s*\})/) ? placeholderAt('empty-body', whole) : undefined
  },
}
