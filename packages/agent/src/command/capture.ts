import { createHash, type Hash } from 'node:crypto'
import { longestForm, longestPattern, redact } from './redact.ts'

/** What a command printed, as it may be shown. */
export interface Captured {
  readonly output: string
  readonly elidedBytes: number
  readonly outputDigest: string
}

/**
 * Takes in any amount of output in bounded memory: the head, the tail, a count of what was between and a digest of all.
 * Secrets are replaced before the text is cut: each part is kept longer by the longest secret and cut back after.
 */
export class Capture {
  readonly #secrets: readonly string[]
  readonly #half: number
  readonly #slack: number
  readonly #head: Buffer
  readonly #tail: Buffer
  readonly #hash: Hash = createHash('sha256')
  #total = 0

  constructor(keepBytes: number, secrets: readonly string[]) {
    this.#secrets = secrets
    this.#half = Math.max(1, Math.floor(keepBytes / 2))
    this.#slack = Math.max(longestPattern, ...secrets.map((secret) => longestForm * secret.length))
    this.#head = Buffer.alloc(this.#half + this.#slack)
    this.#tail = Buffer.alloc(this.#half + this.#slack)
  }

  add(chunk: Buffer): void {
    this.#hash.update(chunk)
    const room = Math.max(0, this.#head.length - this.#total)
    chunk.copy(this.#head, this.#head.length - room, 0, room)
    const size = this.#tail.length
    // Of what goes past the head, only the last `size` bytes can matter to a ring of `size`.
    const rest = chunk.subarray(Math.max(room, chunk.length - size))
    const start = Math.max(0, this.#total + chunk.length - rest.length - this.#head.length) % size
    const fits = Math.min(rest.length, size - start)
    rest.copy(this.#tail, start, 0, fits)
    rest.copy(this.#tail, 0, fits)
    this.#total += chunk.length
  }

  /** To be called once, at the end. */
  finish(): Captured {
    const outputDigest = this.#hash.digest('hex')
    const head = this.#head.subarray(0, Math.min(this.#total, this.#head.length))
    const past = this.#total - head.length
    const at = past > this.#tail.length ? past % this.#tail.length : 0
    const tail =
      past > this.#tail.length
        ? Buffer.concat([this.#tail.subarray(at), this.#tail.subarray(0, at)])
        : this.#tail.subarray(0, past)
    if (past <= this.#tail.length) {
      const whole = this.#clean(Buffer.concat([head, tail]))
      const elidedBytes = Math.max(0, whole.length - 2 * this.#half)
      const output = elidedBytes === 0 ? whole.toString('utf8') : this.#join(whole, whole, elidedBytes)
      return { output, elidedBytes, outputDigest }
    }
    // A secret cut by the end of what we kept lies in the slack; the slack goes, in the length it has when redacted.
    const first = this.#clean(head).subarray(0, -this.#clean(head.subarray(this.#half)).length)
    const last = this.#clean(tail).subarray(this.#clean(tail.subarray(0, this.#slack)).length)
    const elidedBytes = this.#total - 2 * this.#half
    return { output: this.#join(first, last, elidedBytes), elidedBytes, outputDigest }
  }

  #join(head: Buffer, tail: Buffer, elidedBytes: number): string {
    // A character cut in two decodes to replacement characters at the cut.
    const first = head
      .subarray(0, this.#half)
      .toString('utf8')
      .replace(/\uFFFD+$/, '')
    const last = tail
      .subarray(-this.#half)
      .toString('utf8')
      .replace(/^\uFFFD+/, '')
    return `${first}\n[… ${elidedBytes} bytes elided …]\n${last}`
  }

  #clean(bytes: Buffer): Buffer {
    return Buffer.from(redact(bytes.toString('utf8'), this.#secrets))
  }
}
