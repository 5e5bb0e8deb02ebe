import { commitTree, type Head, type Oid, type Repository, readFileAt, readHead, withFiles } from '@nx-conduct/git'
import { digestOf, type Plan } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import { recordOrThrow } from '../step/record.ts'
import type { Clock, Conduct } from './conduct.ts'
import { conductIdentity } from './identity.ts'

/** One attempt to realise a spec from a base commit. */
export interface Run {
  readonly id: string
  readonly head: Head
  /** Its tree holds the compiled spec: HEAD, or a commit on top of HEAD when the spec was not committed. */
  readonly base: { readonly commit: Oid; readonly tree: Oid }
  readonly specCommitted: boolean
  /** True when the log knows this run from an earlier process. */
  readonly resumed: boolean
  /** Writes `run.opened` before the first event of this run; idempotent. */
  open(): Promise<void>
}

interface RunSource {
  readonly repository: Repository
  readonly log: RunLog
  readonly plan: Plan
  readonly specFile: string
  readonly specText: string
  readonly clock: Clock
}

/**
 * Finds the run that starts from the user's HEAD: the unfinished one, or a new one that is recorded
 * with its first event. A finalized run is never written to again.
 */
export async function findRun(source: RunSource): Promise<Run> {
  const { repository, log, plan, specFile, specText, clock } = source
  const head = await readHead(repository)
  const specCommitted = (await readFileAt(repository, head.commit, specFile)) === specText
  const tree = specCommitted ? head.tree : await withFiles(repository, head.tree, { [specFile]: specText })

  const state = await log.state()
  let attempt = 0
  let id = runId(plan.name, head.commit, tree, attempt)
  while (state.runs[id]?.status === 'finalized') {
    attempt += 1
    id = runId(plan.name, head.commit, tree, attempt)
  }

  const earlier = state.runs[id]?.opened
  const commit =
    earlier?.base ??
    (specCommitted
      ? head.commit
      : await commitTree(repository, {
          tree,
          parents: [head.commit],
          message: `Spec ${plan.name} as compiled\n\nThe working copy of ${specFile} was not committed when the run started.\n`,
          author: conductIdentity,
          at: clock.now().toISOString(),
        }))

  let opened: Promise<void> | undefined
  const open = () => {
    opened ??= recordOrThrow(log, {
      operationId: `run.opened:${id}`,
      body: {
        type: 'run.opened',
        run: id,
        spec: plan.name,
        head: head.commit,
        ...(head.branch === undefined ? {} : { branch: head.branch }),
        base: commit,
        planDigest: digestOf(plan.phases.map((phase) => [phase.id, phase.digest, phase.dependsOn])),
        phases: plan.phases.map((phase) => ({
          id: phase.id,
          slug: phase.slug,
          title: phase.title,
          slice: phase.digest,
          dependsOn: phase.dependsOn,
        })),
      },
      commits: [commit],
    })
    return opened
  }
  return { id, head, base: { commit, tree }, specCommitted, resumed: earlier !== undefined, open }
}

function runId(spec: string, head: Oid, tree: Oid, attempt: number): string {
  return digestOf(['run', spec, head, tree, attempt]).slice(0, 16)
}

/**
 * The same work, standing on this run's base: commits that a run made on another base with equal trees are made again on
 * this one, one by one, with their own messages and dates. So every process comes to the same commits.
 */
export async function onto(conduct: Pick<Conduct, 'repository' | 'run' | 'facts'>, commit: Oid): Promise<Oid> {
  const { repository, run, facts } = conduct
  if (commit === run.base.commit || (await facts.isAncestor(run.base.commit, commit))) return commit
  const { tree, parents, authorEmail, at, message } = await facts.commit(commit)
  if (tree === run.base.tree || parents.length === 0 || authorEmail !== conductIdentity.email) return run.base.commit
  const moved: Oid[] = []
  for (const parent of parents) moved.push(await onto(conduct, parent))
  return commitTree(repository, { tree, parents: [...new Set(moved)], message, author: conductIdentity, at })
}
