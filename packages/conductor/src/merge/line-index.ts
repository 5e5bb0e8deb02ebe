/** Finds lines in others: the line itself, or one that has its words and signs in their order. */
export class LineIndex {
  readonly #lines: readonly (readonly string[])[]
  readonly #whole: ReadonlySet<string>
  readonly #having = new Map<string, number[]>()

  constructor(lines: readonly string[]) {
    this.#whole = new Set(lines)
    this.#lines = [...this.#whole].map(tokensOf)
    for (const [at, tokens] of this.#lines.entries()) {
      for (const token of new Set(tokens)) {
        const having = this.#having.get(token)
        if (having === undefined) this.#having.set(token, [at])
        else having.push(at)
      }
    }
  }

  has(line: string): boolean {
    if (this.#whole.has(line)) return true
    const tokens = tokensOf(line)
    const candidates = tokens.map((token) => this.#having.get(token) ?? [])
    const fewest = candidates.reduce((one, other) => (other.length < one.length ? other : one), candidates[0] ?? [])
    return fewest.some((at) => isWithin(tokens, this.#lines[at] ?? []))
  }
}

function tokensOf(line: string): readonly string[] {
  return line.match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
}

function isWithin(tokens: readonly string[], longer: readonly string[]): boolean {
  let at = 0
  for (const token of longer) if (token === tokens[at]) at += 1
  return at === tokens.length
}
