/** A rule as evidence has it that its kind did not write like this: it is of another version of the kind. */
export class ForeignRule extends Error {
  override readonly name = 'ForeignRule'
}

/** A kind's typed rule as the text that evidence has, and back. Whoever reads one back is the kind that wrote it. */
export function typedRule<R extends object>(): {
  readonly text: (rule: R) => string
  /** Throws `ForeignRule` for a text that holds no rule. */
  readonly parse: (text: string) => R
} {
  return {
    text: (rule) => JSON.stringify(rule),
    parse(text) {
      try {
        const rule: unknown = JSON.parse(text)
        if (typeof rule === 'object' && rule !== null) return rule as R
      } catch {
        // Told below.
      }
      throw new ForeignRule(`not a rule of this version: ${text}`)
    },
  }
}
