import { chmod, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from '../contract.ts'
import { bytesOf, differencesOf, utf8 } from '../objects/tree-diff.ts'
import { fields, GitError, type GitPlace, git } from '../process/index.ts'
import { removeDirectory } from '../remove-directory.ts'
import { withScratch } from '../scratch.ts'
import { FolderWatch } from './folder-watch.ts'
import type { EntryKind, KnownFiles } from './known-files.ts'
import { outlastSecond } from './outlast-second.ts'

export interface CheckoutPlace {
  /** Real path of the checkout's folder, which exists and holds nothing but perhaps `.git`. */
  readonly top: string
  /** A folder of ours outside it, which no agent and no gate is told of. */
  readonly state: string
}

/** A checkout that can no longer be trusted or repaired. It has to be removed. */
export class CheckoutLost extends GitError {
  override readonly name = 'CheckoutLost'
}

/** An index of more than about 10 000 files: to compare the contents of so many takes longer than to wait. */
const largeIndexBytes = 1024 * 1024

/** More paths than this are not named one by one to git, which compares each with every entry of its index. */
const mostNamed = 200

/**
 * The files of a checkout. Whether they are those of its tree is judged by an index of our own outside it and by the change times of its folders,
 * never by the checkout's `.git`, attributes' filters or the user's configuration. The index never takes the times of a file
 * that somebody else wrote, so a forged time does not make a change invisible.
 */
export class CheckoutFiles implements KnownFiles {
  readonly #repo: Repository
  readonly #place: CheckoutPlace
  readonly #watch: FolderWatch
  #tree: Oid | undefined
  #setup: string | undefined
  #setupMade: readonly string[] = []
  #indexStamp = ''

  constructor(repo: Repository, place: CheckoutPlace) {
    this.#repo = repo
    this.#place = place
    this.#watch = new FolderWatch(place.top, repo.objects)
  }

  /** The index that knows the files as they were checked out. */
  get indexFile(): string {
    return join(this.#place.state, 'index')
  }

  unchanged(folder: string): ReadonlyMap<string, EntryKind> | undefined {
    return this.#watch.unchanged(folder)
  }

  /** The key of the setup whose files the checkout holds. */
  get setup(): string | undefined {
    return this.#setup
  }

  /** What that setup made, from the top; a folder that is all its own ends in a slash. */
  get setupMade(): readonly string[] {
    return this.#setupMade
  }

  /**
   * Makes the checkout hold exactly this tree: removes what does not belong there, ignored files included, rewrites what was
   * changed, then writes what differs from the tree before. What a setup made stays if it is the one wanted and nobody touched
   * it. Throws {@link CheckoutLost} when that cannot be done.
   */
  async become(tree: Oid, setup?: string): Promise<void> {
    const before = this.#tree
    this.#tree = undefined
    if (this.#setup !== setup || !this.#watch.allowedIsIntact()) this.#forgetSetup()
    if (before === undefined) {
      await mkdir(this.#place.state, { recursive: true, mode: 0o700 })
      await this.#git(tree, ['read-tree', '--reset', '-u', tree])
      await this.#watch.expect(tree, 'all')
      // Nobody else has seen the files yet.
      if ((await lstat(this.indexFile)).size > largeIndexBytes) await outlastSecond(this.indexFile)
      this.#indexStamp = await this.#readIndexStamp()
    } else {
      const dirty = await this.#clean(before)
      const differing = (await differencesOf(this.#repo.objects, before, tree)).map(({ path }) => path)
      const paths = [...new Set([...dirty, ...differing])]
      await this.#write(tree, paths)
      if (!this.#watch.allowedHasItsPlace()) {
        // The tree has lost a folder that holds files of the setup.
        this.#forgetSetup()
        await this.#write(tree, await this.#clean(tree))
      }
    }
    this.#tree = tree
  }

  /**
   * A setup has run on the tree: what it made besides the tree's files belongs in the checkout as long as it is wanted; what it
   * changed of them is written again. Returns the latter.
   */
  async keepSetup(key: string): Promise<readonly string[]> {
    const tree = this.#tree
    if (tree === undefined) throw this.#lost('it holds no tree')
    const { strays } = this.#watch.look()
    this.#watch.allow(strays)
    const changed = await this.#clean(tree)
    await this.#write(tree, changed)
    this.#setup = key
    this.#setupMade = strays.map(({ path, kind }) => `${utf8(path)}${kind === 'folder' ? '/' : ''}`)
    return changed
  }

  async #write(tree: Oid, paths: readonly string[]): Promise<void> {
    if (paths.length > mostNamed) await this.#git(tree, ['read-tree', '--reset', '-u', tree])
    else if (paths.length > 0) {
      const restore = ['--literal-pathspecs', 'restore', `--source=${tree}`, '--staged', '--worktree', '--no-overlay']
      await this.#git(tree, [...restore, '--pathspec-from-file=-', '--pathspec-file-nul'], paths.join('\0'))
    }
    this.#indexStamp = await this.#readIndexStamp()
    await this.#watch.expect(tree, paths.length > mostNamed ? 'all' : paths.map(bytesOf))
  }

  #forgetSetup(): void {
    this.#watch.forgetAllowed()
    this.#setup = undefined
    this.#setupMade = []
  }

  /** Removes what does not belong in the checkout. Returns the paths of the tree's files that have to be written again. */
  async #clean(tree: Oid): Promise<readonly string[]> {
    const { top } = this.#place
    if (this.#indexStamp !== (await this.#readIndexStamp())) throw this.#lost('its index was changed')
    const found = this.#watch.look()
    if (found.gone.includes('')) throw this.#lost('its folder was replaced')
    for (const folder of found.closed) {
      const mode = this.#watch.modeOf(folder)
      if (mode !== undefined) await chmod(join(top, utf8(folder)), mode)
    }
    const { strays, gone } = found.closed.length === 0 ? found : this.#watch.look()
    for (const { path } of strays) {
      const name = utf8(path)
      if (name.includes('\uFFFD')) throw this.#lost('it holds a name that is not UTF-8')
      await removeDirectory(join(top, name))
    }
    // Submodules' folders are empty, and git does not make them again.
    for (const folder of gone) await mkdir(join(top, utf8(folder)), { recursive: true })
    return this.#differing(tree)
  }

  /** Paths of the tree's files that somebody changed or removed since it was checked out. */
  async changed(): Promise<readonly string[]> {
    if (this.#tree === undefined) throw this.#lost('it holds no tree')
    return this.#differing(this.#tree)
  }

  async #differing(tree: Oid): Promise<readonly string[]> {
    const changed = ['diff-files', '-z', '--name-only', '--no-renames', '--ignore-submodules=all']
    return fields((await this.#git(tree, changed)).stdout)
  }

  #git(like: Oid, args: readonly string[], input?: string) {
    const { top } = this.#place
    return withScratch(this.#repo, { like, workTree: top, indexFile: this.indexFile }, ({ place }) =>
      git(withOwnRules(place), args, { config: ['checkout.workers=1'], ...(input === undefined ? {} : { input }) }),
    )
  }

  async #readIndexStamp(): Promise<string> {
    const stats = await lstat(this.indexFile, { bigint: true })
    return [stats.ino, stats.ctimeNs, stats.size].join(' ')
  }

  #lost(why: string): CheckoutLost {
    return new CheckoutLost(`The checkout ${this.#place.top} cannot be used again: ${why}.`)
  }
}

/** Change times and inodes always count, whatever the user has set. */
function withOwnRules(place: GitPlace): GitPlace {
  const rules = ['core.trustctime=true', 'core.checkStat=default', 'core.untrackedCache=false', 'core.splitIndex=false']
  return { ...place, config: [...(place.config ?? []), ...rules] }
}
