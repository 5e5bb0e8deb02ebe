import {
  type AdvanceOutcome,
  advanceBranch,
  commitTree,
  mergeBase,
  mergeTrees,
  type Oid,
  readRef,
  updateRef,
} from '@nx-conduct/git'
import { digestOf } from '@nx-conduct/spec'
import { prove } from '../gates/prove.ts'
import { finalGates } from '../gates/required.ts'
import { joinAndProve, jointOf, type Part } from '../merge/join.ts'
import type { Conduct } from '../run/conduct.ts'
import { onto } from '../run/find-run.ts'
import { conductIdentity } from '../run/identity.ts'
import { landedId } from '../run/landing.ts'
import { readArtifact } from '../step/artifact.ts'
import { joinKey, keyInputs } from '../step/keys.ts'
import { underLease } from '../step/lease.ts'
import type { Performed, PerformedResult } from '../step/outcome.ts'
import { record } from '../step/record.ts'
import { once } from '../step/record-once.ts'
import { acceptSatisfied } from './checkpoint.ts'

/** The branch a result stays on when the user's branch cannot be moved. */
export function resultBranch(spec: string): string {
  return `conduct/${spec}`
}

/**
 * Merges the leaves of the plan, proves the final tree again, and moves the branch the user started from by the rules
 * of `git merge`; where those forbid it the result stays on a branch of its own and nothing of the user's changes.
 */
export async function finalize(conduct: Conduct): Promise<Performed> {
  const { plan, run } = conduct
  const leaves = plan.phases.filter((phase) => !plan.phases.some((other) => other.dependsOn.includes(phase.id)))
  const accepted: Part[] = []
  for (const phase of leaves) {
    const { tree, commit } = await readArtifact(conduct, { step: 'validate', phase: phase.slug })
    accepted.push({ phase, tree, commit: await onto(conduct, commit) })
  }
  const [first, ...others] = accepted
  if (!first) return { kind: 'failed', reason: 'no-phases', message: 'the plan has no phase' }
  if (accepted.every(({ commit }) => commit === run.base.commit)) {
    return done(
      run.head.commit,
      run.head.tree,
      { moved: false, satisfied: true, run: run.id },
      'everything is satisfied; nothing to merge',
    )
  }

  const { phase } = others.at(-1) ?? first
  const joint = await jointOf(conduct, [first, ...others])
  const gates = finalGates(plan)
  const key = joinKey(await keyInputs(conduct, phase), 'finalize', joint, gates)
  // Each run proves its end anew; what agents did for it counts for every run on equal trees.
  const place = { step: 'finalize', phase: phase.id } as const
  const proven = await once(conduct, { place, key: digestOf(['finalize', run.id, key]) }, (lease) =>
    joinAndProve(conduct, { place: { step: 'finalize' }, phase, key, joint, gates, afresh: true, lease }),
  )
  if (proven.kind === 'failed') return { ...proven, message: `the merged result: ${proven.message}` }
  return underLease<Performed>(
    conduct,
    { place: { step: 'finalize' }, key: `land ${run.id}`, theirs: () => landedBefore(conduct) },
    async () => land(conduct, (await landedElsewhere(conduct, proven)) ?? proven),
  )
}

/** Another clone's run from the same commit moved its branch to an equal tree: this one's goes there, too, so that they do not part. */
async function landedElsewhere(conduct: Conduct, proven: PerformedResult): Promise<PerformedResult | undefined> {
  const from = conduct.run.head.commit
  for (const { finalized } of Object.values((await conduct.log.state()).runs)) {
    if (!finalized?.moved || finalized.from !== from || finalized.tree !== proven.tree) continue
    if (await isHere(conduct, finalized.to)) return { ...proven, commit: finalized.to }
  }
  return undefined
}

function isHere(conduct: Conduct, commit: Oid): Promise<boolean> {
  return conduct.facts.treeOf(commit).then(
    () => true,
    () => false,
  )
}

/** Another process brought this run to its end; in another clone it moved a branch of that one. */
async function landedBefore(conduct: Conduct): Promise<Performed | undefined> {
  const { repository, run } = conduct
  const finalized = (await conduct.log.state()).runs[run.id]?.finalized
  if (!finalized) return undefined
  const { to, tree, moved, branch } = finalized
  const here = branch === undefined ? undefined : await readRef(repository, `refs/heads/${branch}`)
  if (moved && branch !== undefined && branch === run.head.branch && here === run.head.commit && here !== to) {
    return taken(conduct, await advanceBranch(repository, { branch, from: here, to }), { branch, to, tree })
  }
  return done(
    to,
    tree,
    { moved, branch, run: run.id },
    `another process finished the run: ${moved ? branch : 'the result'} is at ${to.slice(0, 7)}`,
  )
}

/** Moves the user's branch, or leaves the result on `conduct/<spec>` and says how to take it. */
async function land(conduct: Conduct, result: PerformedResult): Promise<Performed> {
  const { run, repository } = conduct
  const { branch } = run.head
  const now = branch === undefined ? undefined : await readRef(repository, `refs/heads/${branch}`)
  if (now !== undefined && now !== run.head.commit) {
    conduct.report({
      type: 'notice',
      severity: 'info',
      code: 'branch-moved',
      message: `${branch} moved from ${run.head.commit.slice(0, 7)} to ${now.slice(0, 7)} while the run went on: the result is merged with that and proven again`,
    })
  }
  const target = now === undefined || now === run.head.commit ? result.commit : await mergedWith(conduct, now, result)
  await record(conduct, {
    type: 'finalize.started',
    run: run.id,
    ...(branch === undefined ? {} : { branch }),
    from: now ?? run.head.commit,
    to: target ?? result.commit,
  })
  await acceptSatisfied(conduct)
  const outcome: AdvanceOutcome =
    branch === undefined || now === undefined
      ? { kind: 'refused', reason: 'detached', paths: [], message: 'HEAD is detached: there is no branch to move' }
      : target === undefined
        ? {
            kind: 'refused',
            reason: 'branch-moved',
            paths: [],
            message: `${branch} has moved in the meantime and does not go together with the result`,
          }
        : await advanceBranch(repository, { branch, from: now, to: target })
  const moved = outcome.kind !== 'refused'
  const to = moved && target !== undefined ? target : result.commit
  const tree = await conduct.facts.treeOf(to)
  if (!moved) await keepOnBranch(conduct, to)
  await record(
    conduct,
    {
      type: 'run.finalized',
      run: run.id,
      ...(branch === undefined ? {} : { branch }),
      from: now ?? run.head.commit,
      to,
      tree,
      moved,
    },
    { commits: [to], operationId: landedId(run.id) },
  )
  return taken(conduct, outcome, { branch, to, tree })
}

/** Says where the result is: on the user's branch, or on one of its own with the command to take it. */
async function taken(
  conduct: Conduct,
  outcome: AdvanceOutcome,
  { branch, to, tree }: { readonly branch: string | undefined; readonly to: Oid; readonly tree: Oid },
): Promise<Performed> {
  const run = conduct.run.id
  if (outcome.kind !== 'refused') {
    return done(to, tree, { moved: true, branch, run }, `${branch} is at ${to.slice(0, 7)}`)
  }
  const kept = await keepOnBranch(conduct, to)
  const paths = outcome.paths.length > 0 ? ` (${outcome.paths.join(', ')})` : ''
  conduct.report({
    type: 'notice',
    severity: 'warning',
    code: `not-merged-${outcome.reason}`,
    message: `${outcome.message}${paths}; nothing of yours was changed, the result is on the branch ${kept}`,
    hint:
      outcome.reason === 'dirty'
        ? `Commit or stash those paths, then: git merge ${kept}`
        : `Take it with: git merge ${kept}`,
  })
  return done(
    to,
    tree,
    { moved: false, branch: kept, run },
    `the result is on ${kept}; take it with: git merge ${kept}`,
  )
}

/** The user committed while the run went on: the result is merged with that, if it merges cleanly and the tests hold there. */
async function mergedWith(conduct: Conduct, now: Oid, result: PerformedResult): Promise<Oid | undefined> {
  const { repository } = conduct
  if (await conduct.facts.isAncestor(result.commit, now)) return now
  const base = await mergeBase(repository, now, result.commit)
  if (base === undefined) return undefined
  const merged = await mergeTrees(repository, {
    base: await conduct.facts.treeOf(base),
    ours: await conduct.facts.treeOf(now),
    theirs: result.tree,
  })
  if (merged.kind === 'conflict') return undefined
  const commit = await commitTree(repository, {
    tree: merged.tree,
    parents: [now, result.commit],
    message: `Merge the result of ${conduct.plan.name}\n`,
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
  const proof = await prove(conduct, {
    place: { step: 'finalize' },
    gates: finalGates(conduct.plan),
    tree: merged.tree,
    commit,
  })
  return proof.failed.length === 0 ? commit : undefined
}

/** Puts the result on a branch of its own; where a person has worked on that branch, on another. Returns its name. */
async function keepOnBranch(conduct: Conduct, commit: Oid): Promise<string> {
  const wanted = resultBranch(conduct.plan.name)
  const held = await readRef(conduct.repository, `refs/heads/${wanted}`)
  const reason = `conduct: result of run ${conduct.run.id}`
  if (held === commit) return wanted
  if (held === undefined) {
    await updateRef(conduct.repository, `refs/heads/${wanted}`, commit, { expected: null, reason })
    return wanted
  }
  if (await conduct.facts.isAncestor(held, commit)) {
    const advanced = await advanceBranch(conduct.repository, { branch: wanted, from: held, to: commit })
    if (advanced.kind !== 'refused') return wanted
  }
  const other = `${wanted}-${conduct.run.id.slice(0, 8)}`
  await updateRef(conduct.repository, `refs/heads/${other}`, commit, { reason })
  return other
}

function done(commit: Oid, tree: Oid, details: Readonly<Record<string, unknown>>, summary: string): PerformedResult {
  return { kind: 'result', source: 'executed', commit, tree, details, summary }
}
