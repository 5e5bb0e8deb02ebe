/** Runs one task at a time, in the order they were given; a failed one does not stop those after it. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Settles when everything given so far has. */
  async idle(): Promise<void> {
    await this.#last
  }
}
