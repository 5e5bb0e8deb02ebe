import { commitTree, type Head, type Oid, type Repository, readHead, withFiles } from '@nx-conduct/git'
import { digestOf, type Plan } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import { recordOrThrow } from '../step/record.ts'
import type { RunContext } from './context.ts'
import { conductIdentity } from './identity.ts'
import { ConductProblem } from './problem.ts'
import { inRepository, readWorkspaceFile, type Workspace } from './workspace.ts'

/** One attempt to realise a spec from a base commit, for the branch that is to move at its end. */
export interface Run {
  readonly id: string
  /** HEAD when the run started: its base. Its tree has the spec as it is committed, which may not be the one compiled. */
  readonly base: { readonly commit: Oid; readonly tree: Oid }
  /** The branch to move at the end; absent for a detached HEAD. */
  readonly branch?: string
  /** Whether HEAD holds the spec as it was compiled. */
  readonly specCommitted: boolean
  /** True when the log has this run from an earlier process. */
  readonly resumed: boolean
  /** Writes `run.opened` before the first event of this run; idempotent. */
  open(): Promise<void>
}

interface RunSource {
  readonly workspace: Workspace
  readonly log: RunLog
  readonly plan: Plan
  readonly specText: string
}

/** The date of commits that have to be equal wherever they are made. */
const noDate = '2000-01-01T00:00:00Z'

/**
 * Finds the run that starts from the user's HEAD: the unfinished one, or a new one that is recorded
 * with its first event. A finalized run is never written to again.
 */
export async function findRun({ workspace, log, plan, specText }: RunSource): Promise<Run> {
  const { repository } = workspace
  const head = await readHead(repository)
  const specFile = inRepository(workspace, workspace.specFile)
  const state = await log.state()
  const otherFile = Object.values(state.runs).find(({ opened }) => opened.specFile !== specFile)?.opened.specFile
  if (
    otherFile !== undefined &&
    (await readWorkspaceFile({ repository, prefix: '' }, head.tree, otherFile)) !== undefined
  )
    throw new ConductProblem(
      'name-taken',
      `${specFile} and ${otherFile} are both named ${plan.name}: their runs would share one log`,
      `Give one of them another name in its front matter (name: …).`,
    )

  let attempt = 0
  let id = runId(plan.name, head, specText, attempt)
  while (state.runs[id]?.status === 'finalized') {
    attempt += 1
    id = runId(plan.name, head, specText, attempt)
  }

  let opened: Promise<void> | undefined
  return {
    id,
    base: { commit: head.commit, tree: head.tree },
    ...(head.branch === undefined ? {} : { branch: head.branch }),
    specCommitted: (await readWorkspaceFile(workspace, head.tree, workspace.specFile)) === specText,
    resumed: state.runs[id] !== undefined,
    open() {
      opened ??= recordOpened({ workspace, log, plan, specText }, { id, head, specFile })
      return opened
    },
  }
}

async function recordOpened(
  { workspace, log, plan, specText }: RunSource,
  { id, head, specFile }: { readonly id: string; readonly head: Head; readonly specFile: string },
): Promise<void> {
  const planCommit = await commitOfSpec(workspace.repository, head, specFile, specText)
  await recordOrThrow(log, {
    operationId: `run.opened:${id}`,
    body: {
      type: 'run.opened',
      run: id,
      spec: plan.name,
      base: head.commit,
      ...(head.branch === undefined ? {} : { branch: head.branch }),
      plan: planCommit,
      specFile,
      phases: plan.phases.map((phase) => ({
        id: phase.id,
        slug: phase.slug,
        title: phase.title,
        slice: phase.digest,
        dependsOn: phase.dependsOn,
      })),
    },
    commits: [head.commit, planCommit],
  })
}

/** The spec as it was compiled, kept with the run: what was required can be worked out again, also of a draft. */
async function commitOfSpec(repository: Repository, head: Head, specFile: string, specText: string): Promise<Oid> {
  const empty = head.tree.length === 64 ? emptyTree.sha256 : emptyTree.sha1
  return commitTree(repository, {
    tree: await withFiles(repository, empty, { [specFile]: specText }),
    parents: [],
    message: 'The spec as it was compiled\n',
    author: conductIdentity,
    at: noDate,
  })
}

/** git knows the empty tree without having it. */
const emptyTree = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}

/** The branch is part of it: runs of two worktrees at one commit share their steps, and each moves its own branch. */
function runId(spec: string, head: Head, specText: string, attempt: number): string {
  return digestOf(['run', spec, head.commit, head.branch ?? null, specText, attempt]).slice(0, 16)
}

/**
 * The same work based on this run's base: our commits that have another base with an equal tree are made again on this
 * one, one by one, with their own messages and dates. So every process comes to the same commits.
 */
export async function rebaseOntoRun(context: Pick<RunContext, 'workspace' | 'run'>, commit: Oid): Promise<Oid> {
  const { run, workspace } = context
  const { objects, repository } = workspace
  if (commit === run.base.commit || (await objects.isAncestor(run.base.commit, commit))) return commit
  const { tree, parents, authorEmail, at, message } = await objects.commit(commit)
  if (tree === run.base.tree || parents.length === 0 || authorEmail !== conductIdentity.email) return run.base.commit
  const moved: Oid[] = []
  for (const parent of parents) moved.push(await rebaseOntoRun(context, parent))
  return commitTree(repository, { tree, parents: [...new Set(moved)], message, author: conductIdentity, at })
}
