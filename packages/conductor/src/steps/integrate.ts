import { commitTree, type Oid } from '@nx-conduct/git'
import type { Module, Phase } from '@nx-conduct/spec'
import type { ResultOf } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { collidingNames } from '../merge/colliding-names.ts'
import { type Merged, merge } from '../merge/merge.ts'
import { mergeWithLockfiles } from '../merge/merge-lockfiles.ts'
import { describeRemovedWork, findRemovedWork } from '../merge/removed-work.ts'
import { displacedIn } from '../reuse/satisfied.ts'
import { withBuilt } from '../reuse/with-built.ts'
import { conductIdentity } from '../run/identity.ts'
import type { Imports } from '../step/imports.ts'
import { integrateKey, keyInputs } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Outcome } from '../step/outcome.ts'
import { type Performed, recordOncePerKey } from '../step/record-once-per-key.ts'

export interface IntegrateInput {
  readonly phase: Phase
  readonly base: ResultOf<'worktrees'>
  readonly modules: readonly { readonly module: Module; readonly result: ResultOf<'implement'> }[]
  readonly imports: Imports
}

/** Merges the modules' work in memory, has stale lockfiles made again, and writes into the tree which slice it holds. */
export async function integrate(context: AgentContext, input: IntegrateInput): Promise<Outcome<'integrate'>> {
  const { phase, base, modules } = input
  const { start, tree, commit } = base
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  if (start.kind === 'satisfied') {
    const result: ResultOf<'integrate'> = { step: 'integrate', tree, commit, synthesised: [] }
    return { kind: 'result', source: 'satisfied', key: integrateKey(keys, tree, []), result, summary: 'satisfied' }
  }
  const trees = start.kind === 'adopted' ? [start.tree] : modules.map(({ result }) => result.tree)
  const displaced = start.kind === 'adopted' ? [] : await displacedIn(context, phase, base.tree)
  const key = integrateKey(keys, base.tree, trees, displaced)
  const place = { step: 'integrate', phase: phase.id } as const
  return recordOncePerKey(context, { step: 'integrate', place, key, state }, async (lease) => {
    if (start.kind === 'adopted') {
      const result: ResultOf<'integrate'> = {
        step: 'integrate',
        tree: start.tree,
        commit: start.commit,
        synthesised: [],
      }
      const from = start.from.slice(0, 7)
      const summary = start.markedDone
        ? 'marked as done'
        : start.handedIn
          ? `${from}, as it was handed in`
          : `${from} of an earlier run on this base`
      return { kind: 'result', source: 'adopted', result, summary }
    }
    const imported = await importSynthesis(input, key)
    if (imported) return imported
    const removed = (await findRemovedWork(context, { phase, base, modules, state })).map(describeRemovedWork)
    for (const message of removed) reportRemoved(context, message)
    const merged = await mergeWithLockfiles(context, {
      merge: (isMadeAgain) => mergeModules(context, input, { key, lease, isMadeAgain }),
      sides: [base.tree, ...trees],
      // Whether an agent has run the package manager is not known.
      trusted: [base.tree],
      parents: [base.commit],
      label: `${phase.slug}-lockfiles`,
    })
    if (merged.kind === 'failed') return merged
    const { synthesised, regenerated } = merged
    await reportCollisions(context, base.tree, merged.tree)
    return {
      kind: 'result',
      source: 'executed',
      result: {
        step: 'integrate',
        ...(await commitOf(context, input, merged.tree)),
        synthesised: [...synthesised],
        ...(regenerated.length === 0 ? {} : { regenerated: [...regenerated] }),
        ...(removed.length === 0 ? {} : { removed }),
      },
      summary: [
        `${modules.length === 1 ? '1 module' : `${modules.length} modules`} merged`,
        ...(synthesised.length === 0 ? [] : [`conflict in ${synthesised.join(', ')} resolved`]),
        ...(regenerated.length === 0 ? [] : [`${regenerated.join(', ')} made again`]),
        ...removed,
      ].join(', '),
    }
  })
}

function reportRemoved({ surroundings, plan }: AgentContext, message: string): void {
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'work-removed',
    message,
    hint: `If that is not meant, say in the phase's gotchas what has to stay, commit, and run: npx nx run ${plan.name}:conduct`,
  })
}

async function reportCollisions({ surroundings, workspace }: AgentContext, before: Oid, after: Oid): Promise<void> {
  const [earlier, now] = await Promise.all([workspace.objects.files(before), workspace.objects.files(after)])
  for (const names of collidingNames(earlier, now)) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'names-collide',
      message: `${names.join(' and ')} are one file on systems that do not tell names apart by case or unicode form, as macOS and Windows do not: a checkout there has one of them`,
    })
  }
}

/** A merge without conflict costs nothing and is made here; one that an agent resolved elsewhere is taken. */
async function importSynthesis(
  { base, imports }: IntegrateInput,
  key: string,
): Promise<Performed<'integrate'> | undefined> {
  const found = await imports.find('integrate', key, base.tree)
  if (found === undefined || found.synthesised.length === 0) return undefined
  const summary = `conflict in ${found.synthesised.join(', ')} resolved on another machine`
  return { kind: 'result', source: 'imported', result: found, summary }
}

async function mergeModules(
  context: AgentContext,
  { phase, base, modules }: IntegrateInput,
  under: {
    readonly key: string
    readonly lease: HeldLease
    readonly isMadeAgain: (path: string) => boolean
  },
): Promise<Merged> {
  let { tree } = base
  let label = 'the base'
  const reports: string[] = []
  const synthesised: string[] = []
  const settled: string[] = []
  for (const { module, result } of modules) {
    const merged = await merge(context, {
      place: { step: 'integrate', phase: phase.id },
      phase,
      stepKey: under.key,
      base: base.tree,
      ours: { tree, label, report: reports.join('\n\n') },
      theirs: { tree: result.tree, label: `module ${module.name}`, report: result.report },
      parents: [base.commit],
      isMadeAgain: under.isMadeAgain,
      lease: under.lease,
    })
    if (merged.kind === 'failed') return merged
    synthesised.push(...merged.synthesised)
    settled.push(...merged.settled)
    reports.push(result.report)
    tree = merged.tree
    label = label === 'the base' ? `module ${module.name}` : `${label}, ${module.name}`
  }
  return { kind: 'merged', tree, synthesised, settled }
}

async function commitOf(
  context: AgentContext,
  { phase, base }: IntegrateInput,
  merged: Oid,
): Promise<{ readonly tree: Oid; readonly commit: Oid }> {
  const { workspace, surroundings } = context
  const tree = await withBuilt(context, phase, { base: base.tree, tree: merged })
  const commit = await commitTree(workspace.repository, {
    tree,
    parents: [base.commit],
    message: `Phase ${phase.id}: ${phase.title}, integrated\n`,
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  return { tree, commit }
}
