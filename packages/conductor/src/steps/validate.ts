import { type Oid, resolveCommit } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate, ResultOf } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { unverifiedCriteria } from '../gates/kinds/criterion.ts'
import { type Proof, prove } from '../gates/prove.ts'
import { escalatedFailure, proveAndFix } from '../gates/prove-and-fix.ts'
import { describeRule } from '../gates/registry.ts'
import { areProven, phaseGates } from '../gates/required.ts'
import { skippedTests } from '../gates/weakening/skipped-tests.ts'
import { commitPhase } from '../merge/commit-phase.ts'
import type { Imports } from '../step/imports.ts'
import { keyInputs, proofKey } from '../step/keys.ts'
import type { Outcome } from '../step/outcome.ts'
import { type Performed, recordOncePerKey } from '../step/record-once-per-key.ts'
import { fixes } from './test.ts'

export interface ValidateInput {
  readonly phase: Phase
  readonly base: ResultOf<'worktrees'>
  readonly tested: ResultOf<'test'>
  readonly imports: Imports
}

/** Checks all gates of the phase on one tree; the accepted commit is that tree on the phase's base. */
export async function validate(context: AgentContext, input: ValidateInput): Promise<Outcome<'validate'>> {
  const { phase, base, tested } = input
  const isUnchanged = base.start.kind === 'satisfied' && tested.tree === base.tree
  const gates = phaseGates(context.plan, phase, isUnchanged ? undefined : base.tree)
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const key = proofKey(keys, 'validate', tested.tree, gates)
  const unverified = unverifiedCriteria(phase)
  if (isUnchanged && areProven(state, gates, base.tree, keys.environment)) {
    const { tree, commit } = base
    const result: ResultOf<'validate'> = {
      step: 'validate',
      tree,
      commit,
      satisfied: true,
      gates,
      unverified,
      flaky: [],
      rounds: 0,
    }
    return { kind: 'result', source: 'satisfied', key, result, summary: 'satisfied' }
  }
  const place = { step: 'validate', phase: phase.id } as const
  const outcome = await recordOncePerKey(context, { step: 'validate', place, key, state }, async (lease) => {
    const imported = await importFixed(context, input, key, gates)
    if (imported) return imported
    const { tree, commit, rounds: roundsUsed } = tested
    const bases = [base.commit]
    const request = { place, phase, stepKey: key, gates, commit, tree, bases, roundsUsed, lease }
    const proven = await proveAndFix(context, request)
    if (proven.kind === 'escalated') return escalatedFailure(proven.escalation)
    const { rounds } = proven
    await tellSkippedTests(context, phase, { before: base.tree, after: proven.tree })
    const judged =
      unverified.length === 0
        ? ''
        : `, ${unverified.length} ${unverified.length === 1 ? 'criterion' : 'criteria'} for people to judge`
    return {
      kind: 'result',
      source: isUnchanged && proven.tree === base.tree ? 'satisfied' : 'executed',
      result: await validatedOf(context, input, proven.proof, { gates, rounds }),
      summary: `${gates.length} gates pass${rounds > 0 ? ` after ${fixes(rounds)}` : ''}${judged}`,
    }
  })
  if (outcome.kind === 'failed' || outcome.source !== 'recorded') return outcome
  // The log may have a commit on another base with an equal tree.
  const { result } = outcome
  if ((await resolveCommit(context.workspace.repository, `${result.commit}^1`)) === base.commit) return outcome
  return { ...outcome, result: { ...result, commit: await acceptedCommit(context, phase, base, result.tree) } }
}

/** Tests that do not run are no failure of a gate: a person has to know of them. */
async function tellSkippedTests(
  { workspace, surroundings }: AgentContext,
  phase: Phase,
  { before, after }: { readonly before: Oid; readonly after: Oid },
): Promise<void> {
  if (before === after) return
  const skipped = await skippedTests(workspace.repository, before, after)
  if (skipped.length === 0) return
  const named = skipped.slice(0, 3).join('; ')
  const rest = skipped.length > 3 ? `; and ${skipped.length - 3} more` : ''
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'tests-skipped',
    message: `phase ${phase.id} adds tests that do not run, or keeps others from it: ${named}${rest}`,
  })
}

/** A tree that was fixed on another machine: taken if every gate passes here. */
async function importFixed(
  context: AgentContext,
  input: ValidateInput,
  key: string,
  gates: readonly RequiredGate[],
): Promise<Performed<'validate'> | undefined> {
  const found = await input.imports.find('validate', key, input.tested.tree)
  if (found === undefined || found.tree === input.tested.tree) return undefined
  const place = { step: 'validate', phase: input.phase.id } as const
  const proof = await prove(context, { place, gates, tree: found.tree, commit: found.commit })
  if (proof.failed.length > 0) {
    await input.imports.refuse('its tree does not pass the gates here')
    return undefined
  }
  // An agent's verdict counts only from a log, and this one has none.
  if (proof.unjudged.length > 0) return undefined
  const result = await validatedOf(context, input, proof, { gates, rounds: found.rounds })
  return {
    kind: 'result',
    source: 'imported',
    result,
    summary: `${gates.length} gates pass on a tree of another machine`,
  }
}

/** What a phase comes to on a tree that every gate of it passed on. */
export async function validatedOf(
  context: AgentContext,
  { phase, base }: Pick<ValidateInput, 'phase' | 'base'>,
  { tree, reports }: Proof,
  { gates, rounds }: { readonly gates: readonly RequiredGate[]; readonly rounds: number },
): Promise<ResultOf<'validate'>> {
  return {
    step: 'validate',
    tree,
    commit: await acceptedCommit(context, phase, base, tree),
    satisfied: base.start.kind === 'satisfied' && tree === base.tree,
    gates,
    unverified: unverifiedCriteria(phase),
    flaky: reports.filter((report) => report.flaky).map(({ gate, rule }) => describeRule(gate, rule)),
    rounds,
  }
}

/** One commit per phase: the proven tree on the phase's base. A phase that changed nothing has none of its own. */
async function acceptedCommit(
  context: AgentContext,
  phase: Phase,
  base: ResultOf<'worktrees'>,
  tree: Oid,
): Promise<Oid> {
  if (tree === base.tree) return base.commit
  if (base.start.kind === 'adopted' && base.start.tree === tree) return base.start.commit
  return commitPhase(context, phase, { tree, base: base.commit })
}
