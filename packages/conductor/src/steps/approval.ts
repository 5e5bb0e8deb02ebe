import { changedPaths } from '@nx-conduct/git'
import { type Phase, phasesFolder } from '@nx-conduct/spec'
import type { EventBody, ResultOf, RunState } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { escalatedFailure, proveAndFix } from '../gates/prove-and-fix.ts'
import { phaseGates } from '../gates/required.ts'
import { inRepository, inWorkspace } from '../run/workspace.ts'
import { approvalKey, keyInputs } from '../step/keys.ts'
import type { Outcome, StepFailure, Waiting, Yield } from '../step/outcome.ts'
import { record } from '../step/record.ts'
import { recordedResult, recordOncePerKey } from '../step/record-once-per-key.ts'
import { validatedOf } from './validate.ts'

type Judgement = Extract<EventBody, { type: 'phase.judged' }>

export interface ApprovalInput {
  readonly phase: Phase
  readonly base: ResultOf<'worktrees'>
  readonly validated: Yield<'validate'>
}

/**
 * Lets a proven phase go on once a person has approved exactly its tree. Without a word of theirs the phase waits. What they
 * rejected is given to a fix-executor with their reason, and what comes of that waits again.
 */
export async function awaitApproval(context: AgentContext, input: ApprovalInput): Promise<Outcome<'validate'>> {
  const { phase, validated } = input
  const { tree, satisfied } = validated.result
  // What the user's branch holds is theirs already.
  if (phase.approval === 'none' || satisfied) return validated
  const judgement = judgementOn(await context.log.state(), phase, tree)
  if (judgement?.verdict === 'approved') return validated
  if (judgement === undefined) return wait(context, input)
  const fixed = await fixRejected(context, input, judgement)
  if (fixed === undefined) return wait(context, input)
  if (fixed.kind === 'failed') return fixed
  return fixed.result.tree === tree
    ? wait(context, input, judgement)
    : awaitApproval(context, { ...input, validated: fixed })
}

/** The newest word of a person on a tree of the phase. */
function judgementOn({ runs }: Pick<RunState, 'runs'>, phase: Phase, tree: string): Judgement | undefined {
  return Object.values(runs)
    .toSorted((one, other) => (one.openedAt < other.openedAt ? 1 : -1))
    .flatMap(({ judged }) => judged[tree] ?? [])
    .find(({ slice }) => slice === phase.digest)
}

async function wait(
  context: AgentContext,
  { phase, base, validated }: ApprovalInput,
  rejected?: Judgement,
): Promise<StepFailure> {
  const { plan, run, workspace } = context
  const { tree, commit, gates, unverified } = validated.result
  await record(
    context,
    { type: 'phase.waiting', run: run.id, phase: phase.id, slice: phase.digest, tree, commit },
    { commits: [commit] },
  )
  const entries = inRepository(workspace, phasesFolder(workspace.specFolder))
  const changed = (await changedPaths(workspace.repository, base.tree, tree)).filter(
    ({ path }) => !path.startsWith(`${entries}/`),
  )
  const waiting: Waiting = {
    phase: phase.id,
    title: phase.title,
    slice: phase.digest,
    tree,
    commit,
    base: base.commit,
    changed: changed.map(({ path, status }) => ({ path: inWorkspace(workspace, path), status })),
    gates: gates.length,
    unverified,
    ...(rejected === undefined ? {} : { rejected: { by: rejected.by, why: rejected.why ?? '' } }),
    approve: `npx nx run ${plan.name}-phase-${phase.slug}:approve`,
  }
  return {
    kind: 'failed',
    reason: 'waiting',
    message: `phase ${phase.id} is waiting for approval`,
    hint: waiting.approve,
    waiting,
  }
}

/**
 * One round for a rejection, whatever `rounds:` says: a person asked for it. Further rounds only for gates. Undefined where nobody has
 * worked on it and no agent may.
 */
async function fixRejected(
  context: AgentContext,
  { phase, base, validated }: ApprovalInput,
  judgement: Judgement,
): Promise<Outcome<'validate'> | undefined> {
  const { tree, commit } = validated.result
  const gates = phaseGates(context.plan, phase, base.tree)
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const key = approvalKey(keys, { tree, why: judgement.why ?? '' }, gates)
  if (!context.agents.mayRun) return recordedResult(state, 'validate', key)
  const place = { step: 'validate', phase: phase.id } as const
  return recordOncePerKey(context, { step: 'validate', place, key, state }, async (lease) => {
    const proven = await proveAndFix(context, {
      place,
      phase,
      stepKey: key,
      gates,
      commit,
      tree,
      bases: [base.commit],
      roundsUsed: 0,
      rejected: { by: judgement.by, why: judgement.why ?? '' },
      lease,
    })
    if (proven.kind === 'escalated') return escalatedFailure(proven.escalation)
    const result = await validatedOf(context, { phase, base }, proven.proof, { gates, rounds: proven.rounds })
    const summary = `${gates.length} gates pass after what ${judgement.by} rejected was worked on`
    return { kind: 'result', source: 'executed', result, summary }
  })
}
