import { personOf } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import type { Waiting } from '../step/outcome.ts'
import { record } from '../step/record.ts'
import { stepGraph } from '../step/step-graph.ts'
import type { RunContext } from './context.ts'
import { ConductProblem } from './problem.ts'
import { phaseNamed } from './redo.ts'

export interface JudgeOptions {
  /** Id or slug of the phase. */
  readonly phase: string
  /** Why the phase is not taken; it is approved without. */
  readonly reject?: string
}

export interface Judged {
  readonly waiting: Waiting
  readonly verdict: 'approved' | 'rejected'
  readonly by: string
}

/**
 * Records a person's word on the tree of a phase that waits for it: who, and on which tree. No agent runs. Throws
 * `ConductProblem`, and records nothing, when the phase does not wait.
 */
export async function judge(run: RunContext, { phase: wanted, reject }: JudgeOptions): Promise<Judged> {
  const context: AgentContext = { ...run, agents: { ...run.agents, mayRun: false } }
  const { workspace } = context
  const phase = phaseNamed(context, wanted)
  if (reject !== undefined && reject.trim() === '') {
    throw new ConductProblem('judge', 'a rejection needs a reason: the agent works from it', 'Give it: --reject="why"')
  }
  try {
    const waiting = await waitingOf(context, phase)
    const by = await personOf(workspace.repository)
    const verdict = reject === undefined ? 'approved' : 'rejected'
    const body = {
      type: 'phase.judged',
      run: context.run.id,
      phase: phase.id,
      slice: waiting.slice,
      tree: waiting.tree,
      verdict,
      by,
      ...(reject === undefined ? {} : { why: reject }),
    } as const
    // A person may change their mind: each word of theirs is an event of its own.
    const { seq } = await context.log.state()
    await record(context, body, { operationId: `phase.judged:${waiting.tree}:${seq}` })
    return { waiting, verdict, by }
  } finally {
    await context.checkouts.close()
  }
}

async function waitingOf(context: AgentContext, phase: Phase): Promise<Waiting> {
  const { plan } = context
  if (phase.approval === 'none') {
    throw new ConductProblem(
      'judge',
      `phase ${phase.id} asks for no approval`,
      `Write \`Approval: required\` into the phase if it is to wait for one`,
    )
  }
  const outcome = await stepGraph(context, { isOwn: () => true }).validate(phase)
  if (outcome.kind === 'failed' && outcome.waiting !== undefined) return outcome.waiting
  if (outcome.kind === 'failed') {
    throw new ConductProblem('judge', outcome.message, outcome.hint ?? `Run: npx nx run ${plan.name}:conduct`)
  }
  throw new ConductProblem(
    'judge',
    outcome.result.satisfied
      ? `phase ${phase.id} is part of your branch already`
      : `phase ${phase.id} is approved already, on the tree ${outcome.result.tree.slice(0, 12)}`,
    `Go on with: npx nx run ${plan.name}:conduct – or have it built again: npx nx run ${plan.name}:redo --phase=${phase.id}`,
  )
}
