import { commitTree, type Head, type Oid, type Repository, readHead, withFiles } from '@nx-conduct/git'
import { digestOf, type Plan } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import { recordOrThrow } from '../step/record.ts'
import { conductIdentity } from './identity.ts'
import { ConductProblem } from './problem.ts'
import type { Run } from './run.ts'
import { inRepository, readWorkspaceFile, type Workspace } from './workspace.ts'

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
