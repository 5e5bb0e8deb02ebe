import { saysNotImplemented } from './placeholder.ts'
import { literalText, placeholderAt, type Syntax, takesSomething } from './syntax.ts'

export const go: Syntax = {
  grammars: { go: 'go' },
  query: `
    (comment) @comment
    (call_expression
      function: [(identifier) (selector_expression)] @called
      arguments: (argument_list . [(interpreted_string_literal) (raw_string_literal)] @message)) @call
    (function_declaration name: (identifier) @name parameters: (_) @parameters body: (block) @body) @function
    (method_declaration name: (_) @name parameters: (_) @parameters body: (block) @body) @method
  `,
  read({ called, message, call, name, parameters, body, function: declared, method }) {
    if (call !== undefined) {
      const isFailure = /^(?:panic|errors\.New|fmt\.Errorf)$/.test(called?.text ?? '')
      return isFailure && message !== undefined && saysNotImplemented(literalText(message))
        ? placeholderAt('not-implemented', call)
        : undefined
    }
    const whole = declared ?? method
    if (whole === undefined || body === undefined || body.namedChildCount > 0) return undefined
    // Methods without parameters mark types.
    const isMeant = takesSomething(parameters, /^_/) || (declared !== undefined && name?.text === 'main')
    return isMeant ? placeholderAt('empty-body', whole) : undefined
  },
}
