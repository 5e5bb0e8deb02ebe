import { createHash } from 'node:crypto'

/** What gates printed, kept while the server lives, the newest of it. */
export class Outputs {
  readonly #kept = new Map<string, { readonly task: string; readonly text: string }>()
  #characters = 0

  /** Returns the name under which the text can be read. */
  keep(task: string, text: string): string {
    const name = createHash('sha256').update(`${task}\n${text}`).digest('hex').slice(0, 24)
    if (this.#kept.has(name)) return name
    this.#kept.set(name, { task, text })
    this.#characters += text.length
    for (const [oldest, old] of this.#kept) {
      if (this.#characters <= mostCharacters || oldest === name) break
      this.#kept.delete(oldest)
      this.#characters -= old.text.length
    }
    return name
  }

  read(name: string): string | undefined {
    return this.#kept.get(name)?.text
  }

  /** The task whose gate printed it; empty for an unknown name. */
  taskOf(name: string): string {
    return this.#kept.get(name)?.task ?? ''
  }

  names(): readonly string[] {
    return [...this.#kept.keys()]
  }
}

const mostCharacters = 8_000_000
