import { type Phase, type Plan, parentsOf, phaseBySlug, type StepLocation } from '@nx-conduct/spec'
import type { StepName } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { SetupFailed } from '../checkouts/setup.ts'
import type { RunContext } from '../run/context.ts'
import { Aborted, ConductProblem } from '../run/problem.ts'
import { toProblem } from '../run/to-problem.ts'
import { checkpoint } from '../steps/checkpoint.ts'
import { finalize } from '../steps/finalize.ts'
import { writeLastLanding } from '../views/last-landing.ts'
import type { StepPlace } from '../views/progress.ts'
import { treeOnDisk, writeArtifact, writeMarker } from './artifact.ts'
import type { Outcome, StepFailure, StepOutcome, Yield } from './outcome.ts'
import { inputsOf, type StepGraph } from './step-graph.ts'

/** Which step, by slugs: what an executor's options name. */
export interface StepRequest {
  readonly step: StepName
  /** Absent for `finalize`. */
  readonly phase?: string
  /** Only for `implement`. */
  readonly module?: string
  /** Only for `finalize`: leaves the result on a branch of its own. */
  readonly keep?: true
}

/** Performs one step and writes its artifact. Never throws: what goes wrong is an outcome. */
export async function performStep(context: AgentContext, graph: StepGraph, request: StepRequest): Promise<StepOutcome> {
  const { surroundings } = context
  let place: StepPlace = { step: request.step }
  const startedMs = surroundings.clock.monotonicMs()
  try {
    if (surroundings.signal.aborted) throw new Aborted('the run is being stopped')
    const phase = request.phase === undefined ? undefined : findPhase(context.plan, request.phase)
    place = {
      ...place,
      ...(phase ? { phase: phase.id } : {}),
      ...(request.module === undefined ? {} : { module: request.module }),
    }
    surroundings.report({ type: 'step-started', place })
    const outcome = await perform(context, graph, request, phase)
    if (outcome.kind === 'failed') surroundings.report({ type: 'step-failed', place, ...textOf(outcome) })
    if (outcome.kind === 'accepted') {
      const { source, summary } = outcome
      const durationMs = Math.round(surroundings.clock.monotonicMs() - startedMs)
      surroundings.report({ type: 'step-ended', place, source, summary, durationMs })
    }
    return outcome
  } catch (error) {
    return explainThrown(context, place, error)
  }
}

async function perform(
  context: AgentContext,
  graph: StepGraph,
  { step, module: moduleSlug, keep: isKept }: StepRequest,
  phase: Phase | undefined,
): Promise<StepOutcome> {
  const spec = context.plan.name
  if (step === 'finalize') {
    const landing = await finalize(context, graph, { keep: isKept === true })
    if (landing.kind === 'failed') return landing
    await writeLastLanding(context, landing)
    return {
      kind: 'accepted',
      source: landing.kind === 'satisfied' ? 'satisfied' : 'executed',
      ...landingText(landing),
    }
  }
  if (!phase)
    throw new ConductProblem('unknown-phase', `the step ${step} needs a phase`, `Run: npx nx run ${spec}:conduct`)
  const keep = (outcome: Outcome<Exclude<StepName, 'checkpoint' | 'finalize'>>) =>
    keepArtifact(context, graph, { phase, step, moduleSlug }, outcome)
  switch (step) {
    case 'worktrees':
      return keep(await graph.worktrees(phase))
    case 'implement': {
      const module = phase.modules.find(({ slug }) => slug === moduleSlug)
      if (!module)
        throw new ConductProblem(
          'unknown-module',
          `phase ${phase.id} has no module ${moduleSlug ?? ''}`,
          `Run: npx nx run ${spec}:lint`,
        )
      return keep(await graph.implement(phase, module))
    }
    case 'integrate':
      return keep(await graph.integrate(phase))
    case 'test':
      return keep(await graph.test(phase))
    case 'validate':
      return keep(await graph.validate(phase))
    case 'checkpoint':
      return checkpoint(context, graph, phase)
    default:
      return step satisfies never
  }
}

function landingText(landing: Exclude<Awaited<ReturnType<typeof finalize>>, StepFailure>) {
  switch (landing.kind) {
    case 'satisfied':
      return { summary: 'everything is satisfied; nothing to merge' }
    case 'moved':
      return { summary: `${landing.branch} is at ${landing.commit.slice(0, 7)}` }
    case 'kept':
      return { summary: `the result is on ${landing.branch} (${landing.why}); take it with: ${landing.command}` }
    default:
      return landing satisfies never
  }
}

/**
 * Writes the step's artifact; where Nx saw other trees of the steps before it than the step worked with, a marker, because
 * Nx computed the hash from those.
 */
async function keepArtifact(
  context: AgentContext,
  graph: StepGraph,
  {
    phase,
    step,
    moduleSlug,
  }: { readonly phase: Phase; readonly step: StepName; readonly moduleSlug: string | undefined },
  outcome: Yield | StepFailure,
): Promise<StepOutcome> {
  if (outcome.kind === 'failed') return outcome
  const at: StepLocation = { step, phase: phase.slug, ...(moduleSlug === undefined ? {} : { module: moduleSlug }) }
  const inputs: string[] = []
  let differs = false
  for (const input of inputsOf(graph, phase, parentsOf(context.plan, phase), at)) {
    const used = await input.outcome()
    if (used.kind === 'failed') return used
    inputs.push(used.result.tree)
    const seen = await treeOnDisk(context, input.at)
    if (seen === used.result.tree) continue
    differs = true
    await graph.refusals.refuse(input.at, seen === undefined ? 'it is missing or a marker' : 'it has another tree')
  }
  if (differs) await writeMarker(context, at, inputs)
  else await writeArtifact(context, at, outcome, inputs)
  return { kind: 'accepted', source: outcome.source, summary: outcome.summary }
}

function findPhase(plan: Plan, slug: string): Phase {
  const phase = phaseBySlug(plan, slug)
  if (phase) return phase
  throw new ConductProblem(
    'unknown-phase',
    `there is no phase ${slug} in the spec; it has ${plan.phases.map((other) => other.slug).join(', ')}`,
    `Run: npx nx run ${plan.name}:lint`,
  )
}

function textOf({ reason, message }: StepFailure) {
  return { reason, message }
}

function explainThrown(
  { plan, surroundings }: Pick<RunContext, 'plan' | 'surroundings'>,
  place: StepPlace,
  error: unknown,
): StepOutcome {
  if (error instanceof Aborted || surroundings.signal.aborted) {
    return { kind: 'aborted', message: error instanceof Error ? error.message : String(error) }
  }
  const failure = failureOf(plan.name, error)
  surroundings.report({ type: 'step-failed', place, ...textOf(failure) })
  return failure
}

function failureOf(spec: string, error: unknown): StepFailure {
  if (error instanceof SetupFailed) {
    const message = `${error.message}\n${error.output}`
    return { kind: 'failed', reason: 'setup', message, hint: `Fix it, then run: npx nx run ${spec}:conduct` }
  }
  const problem = toProblem(error)
  if (problem) return { kind: 'failed', reason: problem.code, message: problem.message, hint: problem.hint }
  return {
    kind: 'failed',
    reason: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    hint: 'This is a fault in nx-conduct or its surroundings. Nothing is lost; run the same command again, and report it if it stays.',
  }
}
