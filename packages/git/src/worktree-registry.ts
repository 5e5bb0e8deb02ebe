import type { Stats } from 'node:fs'
import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Repository, WorktreeEntry, WorktreeHealth, WorktreeOwner } from './contract.ts'
import { fields, git, placeOf } from './run.ts'

const PREFIX = 'nx-conduct '

/** A worktree as the repository's own metadata has it; nothing here is read from inside the worktree. */
export interface Registration {
  /** `<common git directory>/worktrees/<id>` */
  readonly adminDir: string
  /** Absent when git was killed before it wrote it. */
  readonly path?: string
  readonly claim?: Claim
}

/** What stands in the lock of a worktree of ours. */
export interface Claim {
  readonly owner: WorktreeOwner
  /** Of the worktree's directory: a path that was since given to another directory is not ours to remove. */
  readonly inode: number
}

export function lockReason(claim: Claim): string {
  return PREFIX + JSON.stringify({ ...claim.owner, inode: claim.inode })
}

export async function registrations(repo: Repository): Promise<Registration[]> {
  const home = join(repo.commonDir, 'worktrees')
  const ids = await readdir(home).catch(() => [])
  return Promise.all(
    ids.map(async (id) => {
      const adminDir = join(home, id)
      const [gitdir, locked] = await Promise.all([
        readIfThere(join(adminDir, 'gitdir')),
        readIfThere(join(adminDir, 'locked')),
      ])
      const dotGit = gitdir?.replace(/\n$/, '')
      const claim = locked === undefined ? undefined : claimIn(locked)
      return {
        adminDir,
        ...(dotGit === undefined || dotGit === '' ? {} : { path: dirname(dotGit) }),
        ...(claim === undefined ? {} : { claim }),
      }
    }),
  )
}

export async function registrationOf(repo: Repository, path: string): Promise<Registration | undefined> {
  const wanted = await canonical(path)
  return (await registrations(repo)).find((registration) => registration.path === wanted)
}

/** All worktrees of the repository, the user's among them. Those with an `owner` are ours. */
export async function listWorktrees(repo: Repository): Promise<WorktreeEntry[]> {
  const { stdout } = await git(placeOf(repo), ['worktree', 'list', '--porcelain', '-z'])
  return stdout
    .split('\0\0')
    .filter((record) => record !== '')
    .map((record) => {
      const lines = fields(record)
      const value = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
      const commit = value('HEAD')
      const branch = value('branch')
      const claim = claimIn(value('locked') ?? '')
      return {
        path: value('worktree') ?? '',
        locked: lines.some((line) => line === 'locked' || line.startsWith('locked ')),
        ...(commit === undefined || /^0+$/.test(commit) ? {} : { commit }),
        ...(branch === undefined ? {} : { branch: branch.replace(/^refs\/heads\//, '') }),
        ...(claim === undefined ? {} : { owner: claim.owner }),
      }
    })
}

/**
 * Whether the worktree is still what was made: registered as ours, its `.git` the file that git wrote, its directory not
 * emptied. Reads that one file and follows nothing.
 */
export async function inspectWorktree(repo: Repository, path: string): Promise<WorktreeHealth> {
  const wanted = await canonical(path)
  const registration = await registrationOf(repo, wanted)
  if (registration === undefined) return { kind: 'broken', why: 'it is not registered in the repository' }
  if (registration.claim === undefined) return { kind: 'broken', why: 'it was not made by nx-conduct' }
  const directory = await lstatIfThere(wanted)
  if (directory === undefined || !directory.isDirectory()) return { kind: 'broken', why: 'its directory is gone' }
  if (directory.ino !== registration.claim.inode) return { kind: 'broken', why: 'its directory was replaced' }
  const names = await readdir(wanted)
  const strange = names.find((name) => name !== '.git' && isGitName(name))
  if (strange !== undefined) return { kind: 'broken', why: `it holds ${JSON.stringify(strange)}` }
  if (!(await isLinkFileTo(join(wanted, '.git'), registration.adminDir))) {
    return { kind: 'broken', why: 'its .git is not the file that git wrote there' }
  }
  const index = await lstatIfThere(join(registration.adminDir, 'index'))
  if (index === undefined) return { kind: 'broken', why: 'its files were never checked out' }
  // 12 bytes of header, of which the last four count the entries.
  const tracked = (await readFile(join(registration.adminDir, 'index'))).readUInt32BE(8)
  if (tracked > 0 && names.length === 1) return { kind: 'broken', why: 'it was emptied' }
  return { kind: 'intact' }
}

/** {@link inspectWorktree} as a yes or no. */
export async function worktreeIsIntact(repo: Repository, path: string): Promise<boolean> {
  return (await inspectWorktree(repo, path)).kind === 'intact'
}

/** Whether `file` is a regular file (not a link to one) that names `adminDir` as its git directory. */
export async function isLinkFileTo(file: string, adminDir: string): Promise<boolean> {
  const stats = await lstatIfThere(file)
  if (stats === undefined || !stats.isFile() || stats.size > 8192) return false
  return (await readFile(file, 'utf8')).replace(/\n$/, '') === `gitdir: ${adminDir}`
}

/** Names that git, or a file system on which git may later check the files out, takes for `.git`. */
export function isGitName(name: string): boolean {
  // Characters that HFS+ ignores, and the short name and the trailing dots, spaces and streams of NTFS.
  const plain = name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
    .toLowerCase()
  return plain === '.git' || plain === 'git~1'
}

/** The path as git registers it: links in the folders above resolved, the last name as it is. */
export async function canonical(path: string): Promise<string> {
  const parent = await realpath(dirname(path)).catch(() => dirname(path))
  return join(parent, basename(path))
}

export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

function claimIn(reason: string): Claim | undefined {
  if (!reason.startsWith(PREFIX)) return undefined
  try {
    const parsed: Partial<WorktreeOwner & { inode: number }> | null = JSON.parse(reason.slice(PREFIX.length))
    const { run, host, pid, startedAt, inode } = parsed ?? {}
    if (typeof run !== 'string' || typeof host !== 'string' || typeof pid !== 'number') return undefined
    if (typeof startedAt !== 'string' || typeof inode !== 'number') return undefined
    return { owner: { run, host, pid, startedAt }, inode }
  } catch {
    return undefined
  }
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}
