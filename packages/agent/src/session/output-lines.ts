/** Longer lines are no messages of an agent: a file that a tool read, or an image. */
const longestLine = 1024 * 1024

/** Cuts what a program prints into lines, in bounded memory: of a line that is too long, nothing is passed on. */
export class OutputLines {
  readonly #onLine: (line: string) => void
  #held = ''
  #skips = false

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(text: string): void {
    let rest = text
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      this.#grow(rest.slice(0, end))
      this.#end()
      rest = rest.slice(end + 1)
    }
    this.#grow(rest)
  }

  /** The last line may have no end. */
  finish(): void {
    if (this.#held !== '' || this.#skips) this.#end()
  }

  #grow(text: string): void {
    if (this.#skips) return
    if (this.#held.length + text.length <= longestLine) this.#held += text
    else {
      this.#held = ''
      this.#skips = true
    }
  }

  #end(): void {
    const line = this.#held.endsWith('\r') ? this.#held.slice(0, -1) : this.#held
    const whole = !this.#skips
    this.#held = ''
    this.#skips = false
    if (whole) this.#onLine(line)
  }
}
