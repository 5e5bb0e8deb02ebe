import { commitTree, mergeTrees, type Oid } from '@nx-conduct/git'
import type { Module } from '@nx-conduct/spec'
import { evidenceKey, type RequiredGate, type ResultOf } from '@nx-conduct/store'
import { SetupFailed } from '../checkouts/setup.ts'
import { conductIdentity } from '../run/identity.ts'
import type { StepPlace } from '../views/progress.ts'
import { duration } from '../views/text/figures.ts'
import { bisect, describeBisected, mostTrees, type Trial } from './bisect.ts'
import type { ProvingContext } from './proof-request.ts'
import { type GateReport, prove } from './prove.ts'
import { gateKind } from './registry.ts'

export interface MergedModules {
  readonly place: StepPlace
  /** What the modules started from. */
  readonly base: { readonly tree: Oid; readonly commit: Oid }
  readonly modules: readonly { readonly module: Module; readonly result: ResultOf<'implement'> }[]
}

/** A command that takes longer on the merged tree is not run on others. */
const longestMs = 120_000

/**
 * Which modules make the merged tree red, in a sentence: the commands that failed on it are run on the modules' own trees and on pairs, at
 * most on `mostTrees`, each in a clean checkout and recorded as evidence. Undefined where there is nothing to tell apart: fewer than two
 * modules changed something, or no command failed by itself.
 */
export async function bisectModules(
  context: ProvingContext,
  merged: MergedModules,
  failed: readonly GateReport[],
): Promise<string | undefined> {
  const changed = merged.modules.filter(({ result }) => result.tree !== merged.base.tree)
  const red = failed.filter(isCommand)
  if (changed.length < 2 || red.length === 0) return undefined
  const slowest = Math.max(...red.map(({ durationMs }) => durationMs))
  if (slowest > longestMs) {
    say(context, `which modules fail together is not tried out: the test took ${duration(slowest)} on the merged tree`)
    return undefined
  }
  say(
    context,
    `the merged tree is red: the test runs on trees of fewer modules (at most ${mostTrees}) to find which of them fail together`,
  )
  const names = changed.map(({ module }) => module.name)
  const gates = red.map(({ gate, version, rule }) => ({ gate, version, rule }))
  const tried: Trial[] = []
  for (;;) {
    const next = bisect(names, tried)
    if (next.kind !== 'try') {
      const found = describeBisected(next)
      if (found !== undefined) say(context, found)
      return found
    }
    const outcome = await tryOut(context, merged, next.modules, gates)
    if (outcome === 'unknown') {
      say(context, `which modules fail together is not known: ${next.modules.join(' and ')} alone cannot be tested`)
      return undefined
    }
    tried.push({ modules: next.modules, outcome })
  }
}

function isCommand(report: GateReport): boolean {
  return report.environmentFault === undefined && gateKind(report.gate).check(report).kind === 'command'
}

async function tryOut(
  context: ProvingContext,
  merged: MergedModules,
  names: readonly string[],
  gates: readonly RequiredGate[],
): Promise<Trial['outcome'] | 'unknown'> {
  const on = await treeOf(context, merged, names)
  if (on === undefined) return 'unmergeable'
  const environment = context.commands.environment.digest
  const { evidence } = await context.log.state()
  if (gates.some((gate) => evidence[evidenceKey({ ...gate, tree: on.tree, environment })]?.outcome === 'failed')) {
    return 'failed'
  }
  try {
    const proof = await prove(context, { place: merged.place, gates, ...on })
    if (proof.failed.some(({ environmentFault }) => environmentFault !== undefined)) return 'unknown'
    return proof.failed.length === 0 ? 'passed' : 'failed'
  } catch (error) {
    if (error instanceof SetupFailed) return 'unknown'
    throw error
  }
}

/** The work of some modules on their base; undefined where they conflict. */
async function treeOf(
  { workspace, surroundings }: ProvingContext,
  { base, modules }: MergedModules,
  names: readonly string[],
): Promise<{ readonly tree: Oid; readonly commit: Oid } | undefined> {
  const { repository } = workspace
  let { tree } = base
  for (const { module, result } of modules) {
    if (!names.includes(module.name)) continue
    const merged = await mergeTrees(repository, { base: base.tree, ours: tree, theirs: result.tree })
    if (merged.kind === 'conflict') return undefined
    tree = merged.tree
  }
  const commit = await commitTree(repository, {
    tree,
    parents: [base.commit],
    message: `${names.join(' and ')} without the other modules\n`,
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  return { tree, commit }
}

function say({ surroundings }: ProvingContext, message: string): void {
  surroundings.report({ type: 'notice', severity: 'info', code: 'modules-bisected', message })
}
