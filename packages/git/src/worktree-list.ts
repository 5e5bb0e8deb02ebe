import { writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Repository, WorktreeEntry } from './contract.ts'
import { withLock } from './lock.ts'
import { placeOf } from './place.ts'
import { fields, GitCommandError, git, livenessOf } from './process/index.ts'
import { discard } from './worktree-discard.ts'
import { claimIn, lstatIfThere, type Registration, registrations } from './worktree-registry.ts'

const PATIENCE_MS = 120_000

/** Runs `use` while no other process of ours changes the registered worktrees. */
export async function exclusively<T>(repo: Repository, use: () => Promise<T>): Promise<T> {
  return withLock(join(repo.commonDir, 'nx-conduct.lock'), PATIENCE_MS, use)
}

/** All worktrees of the repository, the user's among them. Those with an `owner` are ours. */
export async function listWorktrees(repo: Repository): Promise<WorktreeEntry[]> {
  const ask = async (): Promise<string> => (await git(placeOf(repo), ['worktree', 'list', '--porcelain', '-z'])).stdout
  const answer = await ask().catch((error: unknown) => {
    if (!isTornRegistration(error)) throw error
    return exclusively(repo, () => withWholeRegistry(repo, ask))
  })
  return answer
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

/** The same without the main one; git is not asked where none is registered. */
export async function listLinkedWorktrees(repo: Repository): Promise<WorktreeEntry[]> {
  if ((await registrations(repo)).length === 0) return []
  return (await listWorktrees(repo)).slice(1)
}

/**
 * Runs git commands that read every registration, inside {@link exclusively}. Any such command fails while one registration is
 * half-written: ours, left by a killed git, is cleared; somebody else's is waited for.
 */
export async function withWholeRegistry<T>(repo: Repository, use: () => Promise<T>): Promise<T> {
  const patienceMs = [0, 20, 50, 100, 200, 400]
  for (;;) {
    try {
      return await use()
    } catch (error) {
      const waitMs = isTornRegistration(error) ? patienceMs.shift() : undefined
      if (waitMs === undefined) throw error
      for (const registration of await registrations(repo)) await repair(repo, registration)
      await delay(waitMs)
    }
  }
}

function isTornRegistration(error: unknown): boolean {
  return error instanceof GitCommandError && error.stderr.includes(`${sep}worktrees${sep}`)
}

/** Nobody has worked in a worktree without an index; one that has an index lacks only what git always writes there. */
async function repair(repo: Repository, registration: Registration): Promise<void> {
  const { adminDir, claim } = registration
  if (claim === undefined || livenessOf(claim.owner) !== 'dead') return
  const isTorn = async (file: string): Promise<boolean> => ((await lstatIfThere(join(adminDir, file)))?.size ?? 0) === 0
  if (await isTorn('index')) {
    const parts = await Promise.all(['HEAD', 'commondir', 'gitdir'].map(isTorn))
    if (parts.includes(true)) await discard(repo, registration)
  } else if (await isTorn('commondir')) await writeFile(join(adminDir, 'commondir'), '../..\n')
}
