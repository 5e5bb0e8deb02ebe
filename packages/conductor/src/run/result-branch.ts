import { advanceBranch, type Oid, readRef, updateRef } from '@nx-conduct/git'
import { resultBranch } from '@nx-conduct/spec'
import type { RunContext } from './context.ts'

/** A branch as a person names it, and its full ref. */
export interface KeptBranch {
  readonly branch: string
  readonly ref: string
}

/**
 * Puts a result on a branch of its own: `conduct/<spec>`; where a person has worked on that branch, or a branch named
 * `conduct` takes the place, on another.
 */
export async function keepOnBranch(
  { plan, run, workspace }: Pick<RunContext, 'plan' | 'run' | 'workspace'>,
  commit: Oid,
): Promise<KeptBranch> {
  const { objects, repository } = workspace
  const reason = `conduct: result of run ${run.id}`
  const isTaken = (await readRef(repository, 'refs/heads/conduct')) !== undefined
  const wanted = isTaken ? resultBranchBeside(plan.name) : resultBranch(plan.name)
  const current = await readRef(repository, refOf(wanted))
  if (current === commit) return { branch: wanted, ref: refOf(wanted) }
  if (current === undefined) {
    if (await updateRef(repository, refOf(wanted), commit, { expected: null, reason }))
      return { branch: wanted, ref: refOf(wanted) }
  } else if (await objects.isAncestor(current, commit)) {
    const advanced = await advanceBranch(repository, { branch: wanted, from: current, to: commit })
    if (advanced.kind !== 'refused') return { branch: wanted, ref: refOf(wanted) }
  }
  const other = `${wanted}-${shortId(run.id)}`
  await updateRef(repository, refOf(other), commit, { reason })
  return { branch: other, ref: refOf(other) }
}

/**
 * The command that takes a result over. The full name, because a tag may have the short one; fast-forward only, because
 * `--no-overwrite-ignore` protects ignored files in a fast-forward alone.
 */
export function takeOverCommand(ref: string): string {
  return `git merge --ff-only --no-overwrite-ignore ${ref}`
}

/** Every branch that the runs of a spec may have left a result on. */
export function possibleResultBranches(spec: string, runs: readonly string[]): readonly string[] {
  return [resultBranch(spec), resultBranchBeside(spec)].flatMap((branch) => [
    branch,
    ...runs.map((run) => `${branch}-${shortId(run)}`),
  ])
}

/** Where a branch named `conduct` exists, git has no room for `conduct/…`. */
function resultBranchBeside(spec: string): string {
  return `nx-conduct-${spec}`
}

function shortId(run: string): string {
  return run.slice(0, 8)
}

function refOf(branch: string): string {
  return `refs/heads/${branch}`
}
