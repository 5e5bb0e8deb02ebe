import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate, ResultOf } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { bisectModules, type MergedModules } from '../gates/bisect-modules.ts'
import { prove } from '../gates/prove.ts'
import { escalatedFailure, proveAndFix } from '../gates/prove-and-fix.ts'
import { areProven, testGates } from '../gates/required.ts'
import type { Imports } from '../step/imports.ts'
import { keyInputs, proofKey } from '../step/keys.ts'
import type { Outcome, Yield } from '../step/outcome.ts'
import { type Performed, recordOncePerKey } from '../step/record-once-per-key.ts'

export interface TestInput {
  readonly phase: Phase
  readonly base: ResultOf<'worktrees'>
  readonly integrated: Yield<'integrate'>
  /** What was merged. */
  readonly modules: MergedModules['modules']
  readonly imports: Imports
}

/** Runs the phase's test commands on the integrated tree and has what fails fixed. */
export async function test(context: AgentContext, input: TestInput): Promise<Outcome<'test'>> {
  const { phase, base, integrated } = input
  const { tree, commit } = integrated.result
  const gates = testGates(context.plan, phase)
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const key = proofKey(keys, 'test', tree, gates)
  if (integrated.source === 'satisfied' && areProven(state, gates, tree, keys.environment)) {
    const result = { step: 'test', tree, commit, rounds: 0 } as const
    return { kind: 'result', source: 'satisfied', key, result, summary: 'satisfied' }
  }
  const place = { step: 'test', phase: phase.id } as const
  return recordOncePerKey(context, { step: 'test', place, key, state }, async (lease) => {
    if (gates.length === 0) warnOfNoTest(context, phase)
    const imported = await importFixed(context, input, key, gates)
    if (imported) return imported
    const proven = await proveAndFix(context, {
      place,
      phase,
      stepKey: key,
      gates,
      commit,
      tree,
      bases: [base.commit],
      roundsUsed: 0,
      findCulprits: (failed) => bisectModules(context, { place, base, modules: input.modules }, failed),
      lease,
    })
    if (proven.kind === 'escalated') return escalatedFailure(proven.escalation)
    const { rounds } = proven
    const summary = gates.length === 0 ? 'no test command' : rounds === 0 ? 'passed' : `passed after ${fixes(rounds)}`
    const result = { step: 'test', tree: proven.tree, commit: proven.commit, rounds } as const
    return { kind: 'result', source: 'executed', result, summary }
  })
}

/** A tree that was fixed on another machine: taken if it passes here. */
async function importFixed(
  context: AgentContext,
  { phase, integrated, imports }: TestInput,
  key: string,
  gates: readonly RequiredGate[],
): Promise<Performed<'test'> | undefined> {
  const found = await imports.find('test', key, integrated.result.tree)
  if (found === undefined || found.tree === integrated.result.tree) return undefined
  const place = { step: 'test', phase: phase.id } as const
  const proof = await prove(context, { place, gates, tree: found.tree, commit: found.commit })
  if (proof.failed.length === 0) return importedResult(found)
  await imports.refuse('its tree does not pass the tests here')
  return undefined
}

function importedResult(result: ResultOf<'test'>): Performed<'test'> {
  return {
    kind: 'result',
    source: 'imported',
    result,
    summary: `passed after ${fixes(result.rounds)} on another machine`,
  }
}

function warnOfNoTest({ surroundings }: AgentContext, phase: Phase): void {
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'no-test-command',
    message: `phase ${phase.id} names no test command: nothing runs its code`,
    hint: 'Add `Test Command: …` to the phase.',
  })
}

export function fixes(count: number): string {
  return count === 1 ? '1 fix' : `${count} fixes`
}
