import {
  type AdvanceOutcome,
  advanceBranch,
  commitTree,
  mergeBase,
  mergeTrees,
  type Oid,
  readRef,
} from '@nx-conduct/git'
import type { RunState } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { prove } from '../gates/prove.ts'
import { finalGates } from '../gates/required.ts'
import { newEscapes } from '../merge/escapes.ts'
import { underLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import { record } from '../step/record.ts'
import { finalizedId } from './close-moved.ts'
import { conductIdentity } from './identity.ts'
import { keepOnBranch, takeOverCommand } from './result-branch.ts'

/** How a run ended. */
export type Landing =
  | { readonly kind: 'satisfied' }
  | { readonly kind: 'moved'; readonly branch: string; readonly commit: Oid; readonly tree: Oid }
  /** The user's branch was not moved; the result, which contains that branch, is on a branch of its own. */
  | {
      readonly kind: 'kept'
      readonly branch: string
      readonly commit: Oid
      readonly tree: Oid
      readonly why: string
      readonly command: string
    }

interface Proven {
  readonly commit: Oid
  readonly tree: Oid
}

/**
 * Moves the user's branch to the proven result by the rules of `git merge`, once per run. Where those forbid it the result
 * is kept on a branch of its own, and where the run's base is no longer part of the branch nothing is done.
 */
export function finishRun(
  context: AgentContext,
  proven: Proven,
  { keep: isKept, acceptRest }: { readonly keep: boolean; readonly acceptRest: () => Promise<StepFailure | undefined> },
): Promise<Landing | StepFailure> {
  return underLease<Landing | StepFailure>(
    context,
    {
      place: { step: 'finalize' },
      key: `land ${context.run.id}`,
      recorded: (state) => finishedElsewhere(context, state),
    },
    async () => {
      const rest = await acceptRest()
      if (rest) return rest
      const result = (await sameResultElsewhere(context, proven)) ?? proven
      if (!isKept) return land(context, result)
      return finish(context, context.run.base.commit, result, undefined, 'the branch was to stay where it is')
    },
  )
}

/** If another clone or worktree finalized the same tree from the same base, its commit is used so that the branches converge. */
async function sameResultElsewhere(
  { run, log, workspace }: AgentContext,
  { tree }: Proven,
): Promise<Proven | undefined> {
  for (const { finalized, opened } of Object.values((await log.state()).runs)) {
    if (!finalized?.moved || opened.base !== run.base.commit || finalized.tree !== tree) continue
    if (await isHere(workspace, finalized.to)) return { commit: finalized.to, tree }
  }
  return undefined
}

function isHere({ objects }: AgentContext['workspace'], commit: Oid): Promise<boolean> {
  return objects.treeOf(commit).then(
    () => true,
    () => false,
  )
}

/** Another process finished this run; in another clone it moved a branch of that one. */
async function finishedElsewhere(context: AgentContext, state: RunState): Promise<Landing | StepFailure | undefined> {
  const { run, workspace } = context
  const finalized = state.runs[run.id]?.finalized
  if (!finalized) return undefined
  const { to: commit, tree, moved, branch } = finalized
  if (branch === undefined || !moved) {
    return keep(context, { commit, tree }, 'another process finished the run without moving the branch')
  }
  const now = await readRef(workspace.repository, `refs/heads/${branch}`)
  if (now === undefined || (await workspace.objects.isAncestor(commit, now))) {
    return { kind: 'moved', branch, commit, tree }
  }
  const outcome = await advanceBranch(workspace.repository, { branch, from: now, to: commit })
  return outcome.kind === 'refused'
    ? keep(context, { commit, tree }, refusalText(outcome))
    : { kind: 'moved', branch, commit, tree }
}

async function land(context: AgentContext, result: Proven): Promise<Landing | StepFailure> {
  const { run, workspace, plan, surroundings } = context
  const { branch, base } = run
  const now = branch === undefined ? undefined : await readRef(workspace.repository, `refs/heads/${branch}`)
  if (branch === undefined)
    return finish(context, base.commit, result, undefined, 'HEAD is detached: there is no branch to move')
  if (now === undefined) return finish(context, base.commit, result, undefined, `the branch ${branch} is gone`)
  if (!(await workspace.objects.isAncestor(base.commit, now))) {
    return {
      kind: 'failed',
      reason: 'branch-rewritten',
      message: `${branch} no longer contains ${base.commit.slice(0, 7)}, from which this run started (it was reset, amended or rebased): nothing was moved, so that nothing comes back that was taken out`,
      hint: `Run again: npx nx run ${plan.name}:conduct – it builds on ${branch} as it is now, and takes finished work along where it applies`,
    }
  }
  if (now === base.commit) return advance(context, branch, now, result)
  surroundings.report({
    type: 'notice',
    severity: 'info',
    code: 'branch-moved',
    message: `${branch} moved from ${base.commit.slice(0, 7)} to ${now.slice(0, 7)} during the run: the result is merged with that and proven again`,
  })
  const merged = await mergedWith(context, now, result)
  if ('commit' in merged) return advance(context, branch, now, merged)
  const { branch: kept } = await keepOnBranch(context, result.commit)
  return {
    kind: 'failed',
    reason: 'does-not-merge',
    message: `${branch} moved to ${now.slice(0, 7)} during the run, and the result does not go together with that: ${merged.why}. Nothing of yours was changed; the result is kept on ${kept}`,
    hint: `Run again: npx nx run ${plan.name}:conduct – it builds on ${branch} as it is now, and takes finished work along where it applies`,
  }
}

/** Moves the branch to a commit that contains it. */
async function advance(context: AgentContext, branch: string, from: Oid, target: Proven): Promise<Landing> {
  const { run, workspace } = context
  await record(context, { type: 'finalize.started', run: run.id, branch, from, to: target.commit })
  const outcome = await advanceBranch(workspace.repository, { branch, from, to: target.commit })
  return finish(context, from, target, outcome.kind === 'refused' ? undefined : branch, refusalText(outcome))
}

/** Records the end of the run; without a branch that moved, the result is kept first. */
async function finish(
  context: AgentContext,
  from: Oid,
  { commit, tree }: Proven,
  moved: string | undefined,
  why: string,
): Promise<Landing> {
  const { run } = context
  const landing: Landing =
    moved === undefined ? await keep(context, { commit, tree }, why) : { kind: 'moved', branch: moved, commit, tree }
  const branch = moved ?? run.branch
  await record(
    context,
    {
      type: 'run.finalized',
      run: run.id,
      ...(branch === undefined ? {} : { branch }),
      from,
      to: commit,
      tree,
      moved: moved !== undefined,
    },
    { commits: [commit], operationId: finalizedId(run.id) },
  )
  return landing
}

async function keep(context: AgentContext, { commit, tree }: Proven, why: string): Promise<Landing> {
  const { ref, branch } = await keepOnBranch(context, commit)
  const command = takeOverCommand(ref)
  context.surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'result-kept',
    message: `${why}; nothing of yours was changed, the result is on the branch ${branch}`,
    hint: `When that is settled, take it with: ${command}`,
  })
  return { kind: 'kept', branch, commit, tree, why, command }
}

function refusalText(outcome: AdvanceOutcome): string {
  return outcome.kind === 'refused' ? outcome.message.replace(/\.$/, '') : ''
}

/** The user committed during the run: the result is merged with that, if it merges cleanly and every gate passes there. */
async function mergedWith(context: AgentContext, now: Oid, result: Proven): Promise<Proven | { readonly why: string }> {
  const { plan, workspace, surroundings } = context
  const { objects, repository } = workspace
  if (await objects.isAncestor(result.commit, now)) return { commit: now, tree: await objects.treeOf(now) }
  const base = await mergeBase(repository, now, result.commit)
  if (base === undefined) return { why: 'they have no common history' }
  const ours = await objects.treeOf(now)
  const merged = await mergeTrees(repository, { base: await objects.treeOf(base), ours, theirs: result.tree })
  if (merged.kind === 'conflict') return { why: `they conflict in ${merged.paths.join(', ')}` }
  const escapes = await newEscapes(repository, merged.tree, ours)
  if (escapes.length > 0)
    return { why: `merged, ${escapes.map(({ path }) => path).join(', ')} would lead out of the tree` }
  const commit = await commitTree(repository, {
    tree: merged.tree,
    parents: [now, result.commit],
    message: `Merge the result of ${plan.name}\n`,
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  const request = { place: { step: 'finalize' }, gates: finalGates(plan), tree: merged.tree, commit } as const
  const [failed] = (await prove(context, request)).failed
  return failed === undefined
    ? { commit, tree: merged.tree }
    : { why: `the gate ${failed.gate} fails on the merged tree (${failed.rule})` }
}
