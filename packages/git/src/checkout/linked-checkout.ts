import { copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository, WorktreeOwner } from '../contract.ts'
import { git } from '../process/index.ts'
import { treeOf } from '../tree.ts'
import { registerWorktree, removeWorktree } from '../worktree.ts'
import { isLinkFileTo } from '../worktree-health.ts'
import { CheckoutFiles, CheckoutLost, type CheckoutPlace } from './checkout-files.ts'

export interface LinkedCheckoutRequest extends CheckoutPlace {
  readonly commit: Oid
  readonly owner: WorktreeOwner
}

/** What git keeps of a worktree. Whatever else is there was left by commands in it: an unfinished merge, a bisect, refs of its own. */
const adminFiles = new Set(['HEAD', 'commondir', 'gitdir', 'index', 'locked', 'logs'])

/**
 * A linked worktree of the repository that can be moved from commit to commit: only what differs is written, and what an agent left in
 * files or in git's state of the worktree is gone afterwards.
 */
export class LinkedCheckout {
  readonly top: string
  readonly files: CheckoutFiles
  readonly #repo: Repository
  readonly #adminDir: string

  private constructor(repo: Repository, place: CheckoutPlace, adminDir: string) {
    this.#repo = repo
    this.top = place.top
    this.files = new CheckoutFiles(repo, place)
    this.#adminDir = adminDir
  }

  /** Registers the worktree and checks the commit out. */
  static async create(repo: Repository, { commit, owner, top, state }: LinkedCheckoutRequest): Promise<LinkedCheckout> {
    const { path, adminDir } = await registerWorktree(repo, { path: top, commit, owner })
    try {
      const checkout = new LinkedCheckout(repo, { top: path, state }, adminDir)
      await checkout.become(commit)
      return checkout
    } catch (error) {
      await removeWorktree(repo, path)
      throw error
    }
  }

  /** Moves to a commit. Throws `CheckoutLost` when the worktree can no longer be used. */
  async become(commit: Oid, setup?: string): Promise<void> {
    if (!(await isLinkFileTo(join(this.top, '.git'), this.#adminDir))) {
      throw new CheckoutLost(`The checkout ${this.top} cannot be used again: its .git was replaced.`)
    }
    const tree = await treeOf(this.#repo, commit)
    await this.files.become(tree, setup)
    for (const name of await readdir(this.#adminDir)) {
      if (!adminFiles.has(name)) await rm(join(this.#adminDir, name), { recursive: true, force: true })
    }
    await this.#moveHead(commit)
    await replaceFile(join(this.#adminDir, 'index'), (file) => copyFile(this.files.indexFile, file))
  }

  async #moveHead(commit: Oid): Promise<void> {
    const file = join(this.#adminDir, 'HEAD')
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text === `${commit}\n`) return
    // Where refs are not files, HEAD is a fixed text, and git has to be asked.
    if (/^(?:[0-9a-f]{40,64}|ref: refs\/(?!heads\/\.invalid).*)\n$/.test(text)) {
      await replaceFile(file, (next) => writeFile(next, `${commit}\n`))
    } else {
      await git({ gitDir: this.#adminDir, cwd: this.top }, ['update-ref', '--no-deref', 'HEAD', commit])
    }
  }

  /** Removes folder and registration. */
  remove(): Promise<void> {
    return removeWorktree(this.#repo, this.top)
  }
}

/** A file appears whole: others may read it at any time. */
async function replaceFile(file: string, write: (file: string) => Promise<void>): Promise<void> {
  const next = `${file}.nx-conduct`
  await rm(next, { force: true })
  await write(next)
  await rename(next, file)
}
