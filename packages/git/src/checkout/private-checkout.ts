import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from '../contract.ts'
import { copyIndex } from '../copy-index.ts'
import { placeOf } from '../place.ts'
import { git } from '../process/index.ts'
import { removeDirectory, removeLargeDirectory } from '../remove-directory.ts'
import { gitDirectoryConfig } from '../scratch.ts'
import { treeOf } from '../tree.ts'
import { CheckoutFiles, type CheckoutPlace } from './checkout-files.ts'

/**
 * A checkout with a git directory of its own, which borrows the repository's objects: whatever a command in it does with git,
 * the user's repository stays as it is. It has the user's branches, tags and replaced objects as they were when it was made.
 */
export class PrivateCheckout {
  readonly top: string
  readonly files: CheckoutFiles
  readonly #repo: Repository
  readonly #place: CheckoutPlace
  #packedRefs: string | undefined

  /** Folder and state exist and are empty; nothing is checked out before {@link become}. */
  constructor(repo: Repository, place: CheckoutPlace) {
    this.#repo = repo
    this.#place = place
    this.top = place.top
    this.files = new CheckoutFiles(repo, place)
  }

  /** Moves to a commit, with a fresh git directory. Throws `CheckoutLost` when the folder can no longer be used. */
  async become(commit: Oid, setup?: string): Promise<void> {
    const { top, state } = this.#place
    const gitDir = join(state, 'git')
    await removeDirectory(gitDir)
    await removeDirectory(join(top, '.git'))
    await this.files.become(await treeOf(this.#repo, commit), setup)
    await this.#makeGitDirectory(gitDir, commit)
    await writeFile(join(top, '.git'), `gitdir: ${gitDir}\n`, { flag: 'wx' })
  }

  async #makeGitDirectory(gitDir: string, commit: Oid): Promise<void> {
    const { commonDir } = this.#repo
    for (const folder of ['refs/heads', 'objects/info', 'info']) await mkdir(join(gitDir, folder), { recursive: true })
    this.#packedRefs ??= await packedRefs(this.#repo)
    await Promise.all([
      writeFile(join(gitDir, 'HEAD'), `${commit}\n`),
      writeFile(join(gitDir, 'config'), await gitDirectoryConfig(this.#repo, commit)),
      // Quoted, a path may hold anything.
      writeFile(join(gitDir, 'objects/info/alternates'), `${JSON.stringify(join(commonDir, 'objects'))}\n`),
      writeFile(join(gitDir, 'packed-refs'), this.#packedRefs),
      copyIndex(this.files.indexFile, join(gitDir, 'index')),
      ...['shallow', 'info/attributes', 'info/exclude'].map((file) =>
        copyFile(join(commonDir, file), join(gitDir, file)).catch(ignoreMissing),
      ),
    ])
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    await removeLargeDirectory(this.top)
    await rm(this.#place.state, { recursive: true, force: true })
  }
}

/** The refs of other people, as git packs them: ours, and those of one worktree alone, are left out. */
async function packedRefs(repo: Repository): Promise<string> {
  const { stdout } = await git(placeOf(repo), ['for-each-ref', '--sort=refname', '--format=%(objectname) %(refname)'])
  const own = / refs\/(?:conduct|stash|bisect|worktree|rewritten)(?:\/|$)/
  const lines = stdout.split('\n').filter((line) => line !== '' && !own.test(line))
  return ['# pack-refs with: sorted ', ...lines, ''].join('\n')
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
