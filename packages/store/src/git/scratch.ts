import { writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Holder } from '../contract.ts'
import { isProvablyDead } from '../process-identity.ts'

const ownerFile = 'owner.json'

/**
 * A folder of our own inside the git directory, made when it is first needed. It holds scratch files and says who we
 * are, so that others can tell whether a writer is alive. Folders of dead writers are removed.
 */
export class Scratch {
  readonly #root: string
  readonly #spec: string
  readonly #name: string
  readonly #self: Holder
  #made: Promise<void> | undefined

  /** `root` is shared by all writers of a repository; `id` is new for every one. */
  constructor(root: string, spec: string, id: string, self: Holder) {
    this.#root = root
    this.#spec = spec
    this.#name = `${spec}@${encodeURIComponent(self.host)}@${self.pid}@${id}`
    this.#self = self
  }

  /** Writes a file and gives its absolute path. */
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
    const others: Holder[] = []
    for (const name of await this.#names()) {
      if (name === this.#name || !name.startsWith(`${this.#spec}@`)) continue
      const owner = await this.#ownerOf(name)
      if (owner && !isProvablyDead(owner, this.#self)) others.push(owner)
    }
    return others
  }

  async remove(): Promise<void> {
    if (this.#made) await this.#made.catch(() => undefined)
    else await this.#removeDead()
    await rm(join(this.#root, this.#name), { recursive: true, force: true })
  }

  async #make(): Promise<void> {
    const folder = join(this.#root, this.#name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, ownerFile), JSON.stringify(this.#self))
    await this.#removeDead()
  }

  async #removeDead(): Promise<void> {
    for (const name of await this.#names()) {
      if (name === this.#name) continue
      const owner = await this.#ownerOf(name)
      if (owner && isProvablyDead(owner, this.#self)) await rm(join(this.#root, name), { recursive: true, force: true })
      else if (!owner && this.#isOfDead(name)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  /** Killed between making the folder and saying whose it is: then its name tells. */
  #isOfDead(name: string): boolean {
    const [, host, pid] = name.split('@')
    return host === encodeURIComponent(this.#self.host) && !isRunning(Number(pid))
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.#root).catch(() => [])
  }

  async #ownerOf(name: string): Promise<Holder | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#root, name, ownerFile), 'utf8')) as Holder
    } catch {
      // Just being made, or just being removed: not ours to judge.
      return undefined
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
