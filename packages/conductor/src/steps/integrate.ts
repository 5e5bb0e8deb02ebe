import { commitTree, type Oid, withFiles } from '@nx-conduct/git'
import { builtFile, type Module, type Phase } from '@nx-conduct/spec'
import type { ResultOf } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { merge } from '../merge/merge.ts'
import { builtText } from '../reuse/built.ts'
import { displacedIn } from '../reuse/satisfied.ts'
import { conductIdentity } from '../run/identity.ts'
import { inRepository } from '../run/workspace.ts'
import type { Imports } from '../step/imports.ts'
import { integrateKey, keyInputs } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Outcome, StepFailure } from '../step/outcome.ts'
import { type Performed, recordOncePerKey } from '../step/record-once-per-key.ts'

export interface IntegrateInput {
  readonly phase: Phase
  readonly base: ResultOf<'worktrees'>
  readonly modules: readonly { readonly module: Module; readonly result: ResultOf<'implement'> }[]
  readonly imports: Imports
}

/** Merges the modules' work in memory and writes into the tree which slice it holds. */
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
      const summary = `${start.from.slice(0, 7)} of an earlier run on this base`
      return { kind: 'result', source: 'adopted', result, summary }
    }
    const imported = await importSynthesis(input, key)
    if (imported) return imported
    const merged = await mergeModules(context, input, key, lease)
    if (merged.kind === 'failed') return merged
    const count = modules.length === 1 ? '1 module' : `${modules.length} modules`
    const { synthesised } = merged
    return {
      kind: 'result',
      source: 'executed',
      result: { step: 'integrate', ...(await commitOf(context, input, merged.tree)), synthesised },
      summary:
        synthesised.length > 0 ? `${count} merged, conflict in ${synthesised.join(', ')} resolved` : `${count} merged`,
    }
  })
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
  key: string,
  lease: HeldLease,
): Promise<{ readonly kind: 'merged'; readonly tree: Oid; readonly synthesised: string[] } | StepFailure> {
  let { tree } = base
  let label = 'the base'
  const reports: string[] = []
  const synthesised: string[] = []
  for (const { module, result } of modules) {
    const merged = await merge(context, {
      place: { step: 'integrate', phase: phase.id },
      phase,
      stepKey: key,
      base: base.tree,
      ours: { tree, label, report: reports.join('\n\n') },
      theirs: { tree: result.tree, label: `module ${module.name}`, report: result.report },
      parents: [base.commit],
      lease,
    })
    if (merged.kind === 'failed') return merged
    synthesised.push(...merged.synthesised)
    reports.push(result.report)
    tree = merged.tree
    label = label === 'the base' ? `module ${module.name}` : `${label}, ${module.name}`
  }
  return { kind: 'merged', tree, synthesised }
}

async function commitOf(
  context: AgentContext,
  { phase, base }: IntegrateInput,
  merged: Oid,
): Promise<{ readonly tree: Oid; readonly commit: Oid }> {
  const { workspace, surroundings } = context
  const written = [phase, ...(await displacedIn(context, phase, base.tree))]
  const files = written.map((each) => [
    inRepository(workspace, builtFile(workspace.specFolder, each.slug)),
    builtText(each),
  ])
  const tree = await withFiles(workspace.repository, merged, Object.fromEntries(files))
  const commit = await commitTree(workspace.repository, {
    tree,
    parents: [base.commit],
    message: `Phase ${phase.id}: ${phase.title}, integrated\n`,
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  return { tree, commit }
}
