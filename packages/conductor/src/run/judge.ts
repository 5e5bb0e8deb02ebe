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
  const { plan, run, log } = context
  if (phase.approval === 'none') {
    throw new ConductProblem(
      'judge',
      `phase ${phase.id} asks for no approval`,
      'Write `Approval: required` into the phase if it is to wait for one',
    )
  }
  // Nothing is performed for a phase that is not there yet.
  const own = (await log.state()).runs[run.id]
  if (own?.waiting[phase.id] !== undefined) {
    const outcome = await stepGraph(context, { isOwn: () => true }).validate(phase)
    if (outcome.kind === 'failed' && outcome.waiting !== undefined) return outcome.waiting
  }
  const word = Object.values(own?.judged ?? {}).findLast((each) => each.phase === phase.id)
  throw new ConductProblem(
    'judge',
    `phase ${phase.id} is not waiting for approval${word?.verdict === 'approved' ? `: ${word.by} approved it already` : ''}`,
    `Run: npx nx run ${plan.name}:conduct`,
  )
}
