import { StringDecoder } from 'node:string_decoder'
import { longestForm, longestPattern, redact } from './redact.ts'

/** Hands output on while it is printed, line by line, so that no secret slips through between two chunks. */
export class LiveOutput {
  readonly #emit: (text: string) => void
  readonly #secrets: readonly string[]
  readonly #longest: number
  readonly #decoder = new StringDecoder('utf8')
  #held = ''

  constructor(emit: (text: string) => void, secrets: readonly string[]) {
    this.#emit = emit
    this.#secrets = secrets
    this.#longest = Math.max(longestPattern, ...secrets.map((secret) => longestForm * secret.length))
  }

  add(chunk: Buffer): void {
    this.#held += this.#decoder.write(chunk)
    const newline = this.#completeUpTo()
    // A line without end is handed on all the same, but for what may be the beginning of a secret.
    const overlong = this.#held.length - newline > 4 * this.#longest
    if (overlong) {
      const clean = redact(this.#held, this.#secrets)
      this.#pass(clean.slice(0, -this.#longest))
      this.#held = clean.slice(-this.#longest)
    } else if (newline > 0) {
      this.#pass(redact(this.#held.slice(0, newline), this.#secrets))
      this.#held = this.#held.slice(newline)
    }
  }

  finish(): void {
    this.#pass(redact(this.#held + this.#decoder.end(), this.#secrets))
    this.#held = ''
  }

  /** Where whole lines end; a private key is held until its last line. */
  #completeUpTo(): number {
    const newline = this.#held.lastIndexOf('\n') + 1
    const key = this.#held.lastIndexOf('-----BEGIN ')
    const open = key >= 0 && !this.#held.includes('-----END ', key)
    return open ? Math.min(newline, this.#held.lastIndexOf('\n', key) + 1) : newline
  }

  #pass(text: string): void {
    if (text !== '') this.#emit(text)
  }
}
