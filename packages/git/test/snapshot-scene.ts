import { join } from 'node:path'
import { createWorktree, processIdentity, type Repository, readHead, type SnapshotOutcome } from '../src/index.ts'
import { repositoryWith, temporaryDirectory } from './scene.ts'

export interface Scene {
  readonly repo: Repository
  readonly path: string
  readonly base: string
}

export async function scene(
  files: Readonly<Record<string, string>> = { 'a.txt': '1', '.spec/SPEC.md': 's' },
): Promise<Scene> {
  return inside(await repositoryWith(files))
}

export async function inside(repo: Repository): Promise<Scene> {
  const { commit, tree } = await readHead(repo)
  const path = join(temporaryDirectory(), 'w')
  await createWorktree(repo, { path, commit, owner: { run: 'run-1', ...(await processIdentity()) } })
  return { repo, path, base: tree }
}

export function taken(outcome: SnapshotOutcome): Extract<SnapshotOutcome, { kind: 'snapshot' }> {
  if (outcome.kind !== 'snapshot') throw new Error(JSON.stringify(outcome.problems))
  return outcome
}

export function problems(outcome: SnapshotOutcome): string[] {
  if (outcome.kind !== 'refused') throw new Error('not refused')
  return outcome.problems.map(({ path }) => path)
}
