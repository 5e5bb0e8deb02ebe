import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository, WorktreeHealth } from './contract.ts'
import { canonical, lstatIfThere, registrationOf } from './worktree-registry.ts'

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
  // 12 bytes of header, of which the last four count the entries. A power loss may have cut them off; files tell more.
  const header = await readFile(join(registration.adminDir, 'index'))
  const tracked = header.length < 12 ? undefined : header.readUInt32BE(8)
  if (tracked !== 0 && names.length === 1) return { kind: 'broken', why: 'it was emptied' }
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
