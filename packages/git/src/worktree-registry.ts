import type { Stats } from 'node:fs'
import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Repository, WorktreeOwner } from './contract.ts'
import { parseIdentity } from './process/index.ts'

const PREFIX = 'nx-conduct '

/** A worktree as the repository's own metadata has it; nothing here is read from inside the worktree. */
export interface Registration {
  /** `<common git directory>/worktrees/<id>` */
  readonly adminDir: string
  /** Absent when git was killed before it wrote it. */
  readonly path?: string
  readonly claim?: Claim
}

/** The content of the lock of one of our worktrees. */
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
  return Promise.all(ids.map((id) => readRegistration(join(home, id))))
}

async function readRegistration(adminDir: string): Promise<Registration> {
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
}

export async function registrationOf(repo: Repository, path: string): Promise<Registration | undefined> {
  const wanted = await canonical(path)
  // Git names a registration after the worktree's folder, unless another one has that name.
  const likely = await readRegistration(join(repo.commonDir, 'worktrees', basename(wanted)))
  if (likely.path === wanted) return likely
  return (await registrations(repo)).find((registration) => registration.path === wanted)
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

export function claimIn(reason: string): Claim | undefined {
  const json = reason.startsWith(PREFIX) ? reason.slice(PREFIX.length) : ''
  const identity = parseIdentity(json)
  if (identity === undefined) return undefined
  const { run, inode }: Partial<WorktreeOwner & Claim> = JSON.parse(json)
  return typeof run === 'string' && typeof inode === 'number' ? { owner: { run, ...identity }, inode } : undefined
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}
