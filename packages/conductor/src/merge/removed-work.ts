import { posix } from 'node:path'
import { blobAt, changedPaths, type Oid } from '@nx-conduct/git'
import type { Module, Phase } from '@nx-conduct/spec'
import type { ResultOf, RunState } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { ownershipIn } from '../agents/find-ownership.ts'
import { isOwnedAlone } from '../agents/ownership.ts'
import { inRepository, inWorkspace } from '../run/workspace.ts'

/** What a module takes away of an earlier phase's work, by paths of the workspace. */
export interface RemovedWork {
  readonly module: Module
  readonly phase: string
  readonly paths: readonly string[]
}

/** What a phase of this run made, and what it started from. */
interface EarlierPhase {
  readonly id: string
  readonly base: Oid
  readonly tree: Oid
}

/**
 * Files of earlier phases of this run that a module deletes without moving them, or puts back to exactly what they were before. What the
 * module alone owns is its own to change. It may be meant, as in a refactoring: gates decide whether the result is right, a person is told.
 */
export async function findRemovedWork(
  context: AgentContext,
  {
    phase,
    base,
    modules,
    state,
  }: {
    readonly phase: Phase
    readonly base: ResultOf<'worktrees'>
    readonly modules: readonly { readonly module: Module; readonly result: ResultOf<'implement'> }[]
    readonly state: RunState
  },
): Promise<readonly RemovedWork[]> {
  const { workspace } = context
  const earlier = await earlierPhases(context, phase, base, state)
  if (earlier.length === 0) return []
  const removed: RemovedWork[] = []
  const ownerships = await Promise.all(modules.map(({ module }) => ownershipIn(context, { phase, module, base })))
  for (const [at, { module, result }] of modules.entries()) {
    const owned = (path: string) => isOwnedAlone(path, at, ownerships)
    const changed = await changedIn(context, base.tree, result.tree)
    for (const before of earlier) {
      const paths: string[] = []
      const itsWork = new Map((await changedIn(context, before.base, before.tree)).map((each) => [each.path, each]))
      for (const { path, status } of changed) {
        if (!itsWork.has(path) || owned(inWorkspace(workspace, path))) continue
        const isRemoved =
          status === 'deleted'
            ? !(await isMoved(context, { path, from: base.tree, to: result.tree, changed }))
            : await isPutBack(context, path, before.base, result.tree)
        if (isRemoved) paths.push(inWorkspace(workspace, path))
      }
      if (paths.length > 0) removed.push({ module, phase: before.id, paths })
    }
  }
  return removed
}

/** So many files are named. */
const mostNamed = 5

/** `module a removes work of phase 1: x.txt, y.txt`. */
export function describeRemovedWork({ module, phase, paths }: RemovedWork): string {
  const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : ''
  const who = module.implicit ? 'the phase' : `module ${module.name}`
  return `${who} removes work of phase ${phase}: ${paths.slice(0, mostNamed).join(', ')}${more}`
}

/** The phases whose work the base contains, as this run made them: each is one commit on what it started from. */
async function earlierPhases(
  { workspace: { objects }, run }: AgentContext,
  phase: Phase,
  base: ResultOf<'worktrees'>,
  { steps }: RunState,
): Promise<readonly EarlierPhase[]> {
  const found = new Map<string, EarlierPhase>()
  for (const { status, run: of, phase: id, result } of Object.values(steps)) {
    if (status !== 'accepted' || result?.step !== 'validate' || result.satisfied || of !== run.id || id === phase.id) {
      continue
    }
    if (!(await objects.isAncestor(result.commit, base.commit))) continue
    const [start] = (await objects.commit(result.commit)).parents
    if (start !== undefined) found.set(id, { id, base: await objects.treeOf(start), tree: result.tree })
  }
  return [...found.values()]
}

async function changedIn({ workspace }: AgentContext, from: Oid, to: Oid) {
  const { objects, repository } = workspace
  const changed = await changedPaths(repository, await objects.bare(from), await objects.bare(to))
  return changed.filter(({ path }) => !path.startsWith(`${inRepository(workspace, workspace.specFolder)}/`))
}

/** Whether a deleted file is elsewhere: with its content, or under its name in another folder. */
async function isMoved(
  { workspace: { repository } }: AgentContext,
  {
    path,
    from,
    to,
    changed,
  }: {
    readonly path: string
    readonly from: Oid
    readonly to: Oid
    readonly changed: Awaited<ReturnType<typeof changedIn>>
  },
): Promise<boolean> {
  const added = changed.filter(({ status }) => status === 'added').map((each) => each.path)
  if (added.some((each) => posix.basename(each) === posix.basename(path))) return true
  const content = await blobAt(repository, from, path)
  const others = await Promise.all(added.map((each) => blobAt(repository, to, each)))
  return others.includes(content)
}

async function isPutBack(
  { workspace: { repository } }: AgentContext,
  path: string,
  before: Oid,
  now: Oid,
): Promise<boolean> {
  const [was, is] = await Promise.all([blobAt(repository, before, path), blobAt(repository, now, path)])
  return was !== undefined && was === is
}
