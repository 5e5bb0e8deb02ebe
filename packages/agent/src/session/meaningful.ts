/** Escape sequences of terminals: colours, and moves of the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with.
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g

/** Longer lines are cut where they are shown. */
const longestLine = 400

/**
 * Picks the lines of a text that mean something to a person: none that is empty, a code fence, punctuation alone, or JSON, and none of
 * a fenced JSON block. Text comes in pieces; the block that it is in is remembered.
 */
export class MeaningfulLines {
  #inJson = false

  /** The line as it may be shown; undefined where it means nothing. */
  take(line: string): string | undefined {
    // What a line wrote over itself, as progress bars do, is not there any more.
    const text = (line.trimEnd().replace(escapes, '').split('\r').at(-1) ?? '').trim()
    if (text.startsWith('```')) {
      this.#inJson = !this.#inJson && /^```jsonc?\b/i.test(text)
      return undefined
    }
    if (this.#inJson || !/[\p{L}\p{N}]/u.test(text) || isJson(text)) return undefined
    return text.slice(0, longestLine)
  }
}

/** All such lines of a text. */
export function meaningfulLines(text: string): readonly string[] {
  const lines = new MeaningfulLines()
  return text.split('\n').flatMap((line) => lines.take(line) ?? [])
}

function isJson(text: string): boolean {
  return /^[{[]\s*["{[\]}]/.test(text) || /^"[^"]*"\s*:/.test(text)
}
