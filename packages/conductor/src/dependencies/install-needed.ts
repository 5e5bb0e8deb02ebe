import type { Oid } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import type { LastLanding } from '../views/last-landing.ts'
import { asksForTheSame } from './manifests.ts'
import { inFolder, lockfilesIn } from './package-managers.ts'

/**
 * Commands that install what a branch asks for since a run moved it, to be run at the workspace's root. None where its lockfiles and
 * manifests ask for what they asked for before, and where the branch did not move.
 */
export async function installNeeded(
  { workspace, log }: Pick<RunContext, 'workspace' | 'log'>,
  { run, landing }: LastLanding,
): Promise<readonly string[]> {
  if (landing.kind !== 'moved') return []
  const { opened, finalized } = (await log.state()).runs[run] ?? {}
  // Where the branch was right before; another clone's commit may not be here.
  const candidates = [finalized?.from === landing.commit ? undefined : finalized?.from, opened?.base]
  const before = await firstTree(workspace, candidates)
  if (before === undefined) return []
  const commands: string[] = []
  for (const lockfile of await lockfilesIn(workspace, landing.tree)) {
    const { path, manager } = lockfile
    if (manager.install === undefined) continue
    const [old, now] = await Promise.all([before, landing.tree].map((tree) => workspace.objects.blobs(tree, [path])))
    const isSame = old?.[path] === now?.[path] && (await asksForTheSame(workspace, lockfile, before, landing.tree))
    if (!isSame) commands.push(inFolder(lockfile, manager.install))
  }
  return [...new Set(commands)]
}

async function firstTree(
  { objects }: Pick<RunContext['workspace'], 'objects'>,
  commits: readonly (Oid | undefined)[],
): Promise<Oid | undefined> {
  for (const commit of commits) {
    const tree = commit === undefined ? undefined : await objects.treeOf(commit).catch(() => undefined)
    if (tree !== undefined) return tree
  }
  return undefined
}
