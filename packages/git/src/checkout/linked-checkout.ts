import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository, WorktreeOwner } from '../contract.ts'
import { copyIndex } from '../copy-index.ts'
import { git } from '../process/index.ts'
import { treeOf } from '../tree.ts'
import { stampOfFiles } from '../watch/stamp.ts'
import { registerWorktree, removeWorktree } from '../worktree.ts'
import { isLinkFileTo } from '../worktree-health.ts'
import {
  type RegistrationFiles,
  registrationFiles,
  registrationPaths,
  replaceFile,
  restoreRegistration,
} from '../worktree-restore.ts'
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
  /** What git keeps of it in the repository: its registration, HEAD and index. */
  readonly adminDir: string
  readonly #repo: Repository
  readonly #registration: RegistrationFiles
  #commit: Oid | undefined
  /** Stamp of the registration when it was last found as it was made. */
  #restored = ''
  #restoring: Promise<unknown> = Promise.resolve()

  private constructor(repo: Repository, place: CheckoutPlace, adminDir: string, registration: RegistrationFiles) {
    this.#repo = repo
    this.top = place.top
    this.files = new CheckoutFiles(repo, place)
    this.adminDir = adminDir
    this.#registration = registration
  }

  /** Registers the worktree and checks the commit out. */
  static async create(repo: Repository, { commit, owner, top, state }: LinkedCheckoutRequest): Promise<LinkedCheckout> {
    const { path, adminDir } = await registerWorktree(repo, { path: top, commit, owner })
    try {
      const checkout = new LinkedCheckout(repo, { top: path, state }, adminDir, await registrationFiles(adminDir))
      await checkout.become(commit)
      return checkout
    } catch (error) {
      await removeWorktree(repo, path)
      throw error
    }
  }

  /** Moves to a commit. Throws `CheckoutLost` when the worktree can no longer be used. */
  async become(commit: Oid, setup?: string): Promise<void> {
    if (!(await isLinkFileTo(join(this.top, '.git'), this.adminDir))) {
      throw new CheckoutLost(`The checkout ${this.top} cannot be used again: its .git was replaced.`)
    }
    await this.restore()
    this.#commit = undefined
    const tree = await treeOf(this.#repo, commit)
    await this.files.become(tree, setup)
    for (const name of await readdir(this.adminDir)) {
      if (!adminFiles.has(name)) await rm(join(this.adminDir, name), { recursive: true, force: true })
    }
    await this.#moveHead(commit)
    await replaceFile(join(this.adminDir, 'index'), (file) => copyIndex(this.files.indexFile, file))
    this.#commit = commit
  }

  /**
   * Puts its registration back as it was made, where something else removed, unlocked or changed it. Returns what was wrong; nothing
   * while it moves to another commit. A folder that is no longer the worktree's is left alone.
   */
  restore(): Promise<readonly string[]> {
    const restored = this.#restoring.then(() => this.#restore())
    this.#restoring = restored.catch(() => undefined)
    return restored
  }

  async #restore(): Promise<readonly string[]> {
    const commit = this.#commit
    if (commit === undefined) return []
    const { adminDir, files } = this
    const link = join(this.top, '.git')
    // Each agent that ends asks about the worktrees of all others.
    const stamp = stampOfFiles([link, ...registrationPaths(adminDir)])
    if (stamp !== '' && stamp === this.#restored) return []
    if (!(await isLinkFileTo(link, adminDir))) return []
    const registration = { adminDir, files: this.#registration, commit, index: files.indexFile }
    const wrong = await restoreRegistration(this.#repo, registration)
    this.#restored = wrong.length === 0 ? stamp : ''
    return wrong
  }

  async #moveHead(commit: Oid): Promise<void> {
    const file = join(this.adminDir, 'HEAD')
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text === `${commit}\n`) return
    // Where refs are not files, HEAD is a fixed text, and git has to be asked.
    if (/^(?:[0-9a-f]{40,64}|ref: refs\/(?!heads\/\.invalid).*)\n$/.test(text)) {
      await replaceFile(file, (next) => writeFile(next, `${commit}\n`))
    } else {
      await git({ gitDir: this.adminDir, cwd: this.top }, ['update-ref', '--no-deref', 'HEAD', commit])
    }
  }

  /** Removes folder and registration. */
  remove(): Promise<void> {
    this.#commit = undefined
    return removeWorktree(this.#repo, this.top)
  }
}
