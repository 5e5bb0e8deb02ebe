import { writeFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, ownedName, ownerInName } from '@nx-conduct/git/process'
import type { Holder } from '../contract.ts'

/**
 * A folder of our own inside the git directory, made when it is first needed. It holds scratch files, and its name says
 * whose it is, so that others can tell whether a writer is alive. Folders of dead writers are removed.
 */
export class Scratch {
  readonly #root: string
  readonly #prefix: string
  readonly #name: string
  readonly #self: Holder
  #made: Promise<void> | undefined

  /** `root` is shared by all writers of a repository; `id` is new for every one. */
  constructor(root: string, spec: string, id: string, self: Holder) {
    this.#root = root
    this.#prefix = `${spec}@`
    this.#name = ownedName(this.#prefix, self) + id
    this.#self = self
  }

  /** Writes a file and returns its absolute path. */
  async write(name: string, content: Buffer): Promise<string> {
    this.#made ??= this.#make()
    await this.#made.catch((error) => {
      // A disk that is full now may have room for the next try.
      this.#made = undefined
      throw error
    })
    const file = join(this.#root, this.#name, name)
    // Synchronous: a few hundred bytes that nobody syncs cost less than three turns of the thread pool.
    writeFileSync(file, content)
    return file
  }

  /** The writers of the same spec, besides us, that may be alive. */
  async otherWriters(): Promise<readonly Holder[]> {
    const names = (await this.#names()).filter((name) => name !== this.#name)
    const owners = names.map((name) => ownerInName(this.#prefix, name))
    return owners.filter((owner) => owner !== undefined).filter((owner) => isAlive(owner, this.#self))
  }

  async remove(): Promise<void> {
    if (this.#made) await this.#made.catch(() => undefined)
    else await this.#removeDead()
    await rm(join(this.#root, this.#name), { recursive: true, force: true })
  }

  async #make(): Promise<void> {
    await mkdir(join(this.#root, this.#name), { recursive: true, mode: 0o700 })
    await this.#removeDead()
  }

  /** Of every spec: the one a dead writer worked on may never be opened again. */
  async #removeDead(): Promise<void> {
    for (const name of await this.#names()) {
      if (name === this.#name) continue
      const owner = ownerInName(name.slice(0, name.indexOf('@') + 1), name)
      if (owner === undefined || isAlive(owner, this.#self)) continue
      await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.#root).catch(() => [])
  }
}
