import { join } from 'node:path'
import { meaningfulLines, runSession, type SessionOutcome, type SessionProgress } from '@nx-conduct/agent'
import { artifactFolder } from '@nx-conduct/spec'
import type { Checkout } from '../checkouts/checkout.ts'
import { fullDisk, makeRoom } from '../checkouts/free-space.ts'
import type { RunContext } from '../run/context.ts'
import { Aborted, ConductProblem } from '../run/problem.ts'
import { inRepository } from '../run/workspace.ts'
import { agentFor } from '../step/keys.ts'
import { tokensOf } from '../views/text/usage.ts'
import { type AgentContext, type SessionTask, workerOf } from './agent-task.ts'
import { agentName, apiFor, ownEnvironment } from './api.ts'

export interface EndedSession {
  readonly outcome: SessionOutcome
  readonly durationMs: number
}

/** Runs the task's session in a checkout. */
export type StartSession = (checkout: Checkout) => Promise<EndedSession>

/**
 * Waits until one more agent may work, and gives `use` the means to start it. Throws `ConductProblem` where this process starts no agent or
 * has no key, and `Aborted` when the run is being stopped.
 */
export async function inSlot<T>(
  context: AgentContext,
  task: SessionTask,
  use: (session: StartSession) => Promise<T>,
): Promise<T> {
  const { agents, checkouts, plan, surroundings } = context
  const { role } = task.assignment
  if (!agents.mayRun) {
    throw new ConductProblem(
      'needs-agent',
      `an agent would have to work here (${workerOf(task)}), and this command starts none`,
      `Run: npx nx run ${plan.name}:conduct`,
    )
  }
  const agent = agentFor(plan, task.phase, role)
  const api = await apiFor(context, agent)
  const ownEnv = await ownEnvironment(context, agent)
  return agents.slots(async () => {
    if (surroundings.signal.aborted) throw new Aborted('no further agent is started')
    const full = await fullDisk(checkouts.folder)
    if (full !== undefined)
      throw new ConductProblem(
        'machine',
        `no agent is started (${workerOf(task)}): ${full}`,
        `${makeRoom}, then run: npx nx run ${plan.name}:conduct`,
      )
    return use((checkout) => run(context, task, { agent, api, ownEnv, checkout }))
  })
}

interface Session {
  readonly agent: ReturnType<typeof agentFor>
  readonly api: Awaited<ReturnType<typeof apiFor>>
  readonly ownEnv: Readonly<Record<string, string>>
  readonly checkout: Checkout
}

async function run(
  context: AgentContext,
  task: SessionTask,
  { agent, api, ownEnv, checkout }: Session,
): Promise<EndedSession> {
  const { agents, plan, surroundings, workspace } = context
  const { role } = task.assignment
  const startedMs = surroundings.clock.monotonicMs()
  const round = task.assignment.failure?.round
  surroundings.report({
    type: 'agent-started',
    place: task.place,
    role,
    agent: agentName(agent, agents.rehearsal),
    ...(round === undefined ? {} : { round }),
  })
  const outcome = await runSession({
    assignment: task.assignment,
    agent: {
      driver: agent.driver,
      ...(agent.preset === undefined ? {} : { preset: agent.preset }),
      ...(agent.model === undefined ? {} : { model: agent.model }),
      ...(agent.command === undefined ? {} : { command: agent.command }),
    },
    budget: plan.settings.budget,
    directory: checkout.directory,
    readOnly: [
      workspace.repository.commonDir,
      join(checkout.top, inRepository(workspace, workspace.specFolder)),
      join(workspace.root, '.conduct'),
    ],
    transcriptFile: transcriptFile(context, task),
    api,
    env: checkout.env,
    ownEnv,
    secrets: agents.secrets,
    signal: AbortSignal.any([surroundings.signal, task.lease.lost]),
    onProgress: (progress) => reportProgress(context, task, progress),
  })
  const durationMs = Math.round(surroundings.clock.monotonicMs() - startedMs)
  return { outcome: doubted(outcome, await fullDisk(context.checkouts.folder)), durationMs }
}

/**
 * The outcome of a session at whose end the disk is full: what it wrote may be cut off, whatever it says, so it counts as none. A verdict is
 * in what it says alone.
 * `full`: that the disk is, in words.
 */
export function doubted(outcome: SessionOutcome, full: string | undefined): SessionOutcome {
  if (full === undefined || outcome.kind === 'aborted' || outcome.kind === 'judged') return outcome
  const said = 'said' in outcome && outcome.said !== undefined ? { said: outcome.said } : saidIn(outcome)
  return {
    kind: 'unavailable',
    message: `${full}, so what the agent wrote may be cut off`,
    hint: makeRoom,
    retryable: true,
    usage: outcome.usage,
    ...said,
  }
}

function saidIn(outcome: SessionOutcome): { readonly said?: readonly string[] } {
  return outcome.kind === 'reported' ? { said: meaningfulLines(outcome.report.built).slice(-5) } : {}
}

function reportProgress({ surroundings, log, run }: AgentContext, task: SessionTask, progress: SessionProgress): void {
  const { place } = task
  const { role } = task.assignment
  switch (progress.type) {
    case 'turn': {
      const { turn, summary } = progress
      const tokens = tokensOf(progress.usage)
      surroundings.report({ type: 'agent-turn', place, role, turn, tokens, summary })
      log.announce({ run: run.id, ...place, role, turn, tokens })
      return
    }
    case 'said': {
      const { summary, usage } = progress
      const tokens = usage.uncounted === undefined ? { tokens: tokensOf(usage) } : {}
      surroundings.report({ type: 'agent-said', place, role, summary, ...tokens })
      log.announce({ run: run.id, ...place, role, turn: usage.turns, tokens: tokensOf(usage) })
      return
    }
    case 'retry': {
      const { waitMs, why } = progress
      surroundings.report({ type: 'agent-retry', place, role, waitMs, why })
      return
    }
    case 'transcript-lost':
      surroundings.report({
        type: 'notice',
        severity: 'warning',
        code: 'transcript-lost',
        message: `the transcript ${progress.file} cannot be written (${progress.why}); the agent continues without it`,
      })
      return
    case 'tool': {
      const { name, summary } = progress
      surroundings.report({ type: 'agent-tool', place, role, tool: name, summary })
      return
    }
    default:
      progress satisfies never
  }
}

/** Where a session's transcript is. */
export function transcriptFile(
  { plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>,
  { place, phase, transcript }: Pick<SessionTask, 'place' | 'phase' | 'transcript'>,
): string {
  const folder = artifactFolder(plan.name, {
    step: place.step,
    phase: phase?.slug ?? 'final',
    ...(place.step === 'implement' && place.module !== undefined ? { module: place.module } : {}),
  })
  return join(workspace.root, folder, transcript)
}
