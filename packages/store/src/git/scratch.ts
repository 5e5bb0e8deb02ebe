import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder of our own inside the git directory, made when it is first needed. */
export class Scratch {
  readonly #folder: string
  #made: Promise<unknown> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Writes a file and gives its absolute path. */
  async write(name: string, content: Buffer): Promise<string> {
    this.#made ??= mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await this.#made
    const file = join(this.#folder, name)
    await writeFile(file, content)
    return file
  }

  async remove(): Promise<void> {
    if (!this.#made) return
    await rm(this.#folder, { recursive: true, force: true })
  }
}
