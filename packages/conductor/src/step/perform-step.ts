import { type Phase, type Plan, phaseBySlug } from '@nx-conduct/spec'
import type { StepName } from '@nx-conduct/store'
import type { PreparedCheckouts } from '../checkouts/prepared.ts'
import { SetupFailed } from '../gates/prove.ts'
import type { Conduct } from '../run/conduct.ts'
import { Aborted, ConductProblem } from '../run/problem.ts'
import { problemIn } from '../run/to-problem.ts'
import { checkpoint } from '../steps/checkpoint.ts'
import { finalize } from '../steps/finalize.ts'
import { implement } from '../steps/implement.ts'
import { integrate } from '../steps/integrate.ts'
import { test } from '../steps/test.ts'
import { validate } from '../steps/validate.ts'
import { worktrees } from '../steps/worktrees.ts'
import type { StepPlace } from '../views/progress.ts'
import { writeArtifact } from './artifact.ts'
import { epochOf, keyInputs } from './keys.ts'
import type { Performed, StepOutcome } from './outcome.ts'

/** Which step, by slugs: what an executor's options say. */
export interface StepRequest {
  readonly step: StepName
  /** Absent for `finalize`. */
  readonly phase?: string
  /** Only for `implement`. */
  readonly module?: string
}

export interface StepDependencies {
  readonly prepared: PreparedCheckouts
  /** Roots of the workspace's Nx projects, by name. */
  readonly projectRoots: Readonly<Record<string, string>>
}

/** Performs one step and writes its artifact. Never throws: what goes wrong is an outcome. */
export async function performStep(
  conduct: Conduct,
  request: StepRequest,
  dependencies: StepDependencies,
): Promise<StepOutcome> {
  let place: StepPlace = { step: request.step }
  const startedMs = conduct.clock.monotonicMs()
  try {
    if (conduct.signal.aborted) throw new Aborted('the run is being stopped')
    const phase = request.phase === undefined ? undefined : findPhase(conduct.plan, request.phase)
    place = {
      ...place,
      ...(phase ? { phase: phase.id } : {}),
      ...(request.module === undefined ? {} : { module: request.module }),
    }
    conduct.report({ type: 'step-started', place })
    // The epoch at the start: a phase that is redone meanwhile hands on nothing.
    const epoch = phase ? epochOf(conduct.plan, await conduct.log.state(), phase) : 0
    const performed = await perform(conduct, request, phase, dependencies)
    if (performed.kind === 'failed') {
      conduct.report({ type: 'step-failed', place, reason: performed.reason, message: performed.message })
      return performed
    }
    const artifact = {
      version: 1,
      step: request.step,
      phase: phase?.id ?? '',
      ...(request.module === undefined ? {} : { module: request.module }),
      source: performed.source,
      epoch,
      tree: performed.tree,
      commit: performed.commit,
      details: performed.details,
    } as const
    await writeArtifact(
      conduct,
      {
        step: request.step,
        phase: phase?.slug ?? 'final',
        ...(request.module === undefined ? {} : { module: request.module }),
      },
      artifact,
    )
    const durationMs = Math.round(conduct.clock.monotonicMs() - startedMs)
    conduct.report({ type: 'step-ended', place, source: performed.source, summary: performed.summary, durationMs })
    return { kind: 'accepted', artifact, summary: performed.summary }
  } catch (error) {
    return explainThrown(conduct, place, error)
  }
}

async function perform(
  conduct: Conduct,
  request: StepRequest,
  phase: Phase | undefined,
  { prepared, projectRoots }: StepDependencies,
): Promise<Performed> {
  if (request.step === 'finalize') return finalize(conduct)
  if (!phase)
    throw new ConductProblem(
      'unknown-phase',
      `the step ${request.step} needs a phase`,
      `Run: npx nx run ${conduct.plan.name}:conduct`,
    )
  const keys = await keyInputs(conduct, phase)
  switch (request.step) {
    case 'worktrees':
      return worktrees(conduct, phase, keys, prepared)
    case 'implement': {
      const module = phase.modules.find(({ slug }) => slug === request.module)
      if (!module)
        throw new ConductProblem(
          'unknown-module',
          `phase ${phase.id} has no module ${request.module ?? ''}`,
          `Run: npx nx run ${conduct.plan.name}:lint`,
        )
      return implement(conduct, { phase, module, keys, prepared, projectRoots })
    }
    case 'integrate':
      return integrate(conduct, phase, keys)
    case 'test':
      return test(conduct, phase, keys)
    case 'validate':
      return validate(conduct, phase, keys)
    case 'checkpoint':
      return checkpoint(conduct, phase)
    default:
      return request.step satisfies never
  }
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

function explainThrown(conduct: Conduct, place: StepPlace, error: unknown): StepOutcome {
  if (error instanceof Aborted || conduct.signal.aborted) {
    return { kind: 'aborted', message: error instanceof Error ? error.message : String(error) }
  }
  if (error instanceof SetupFailed) {
    const message = `${error.message}\n${error.output}`
    conduct.report({ type: 'step-failed', place, reason: 'setup', message })
    return {
      kind: 'failed',
      reason: 'setup',
      message,
      hint: `Mend it, then run: npx nx run ${conduct.plan.name}:conduct`,
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  const problem = problemIn(error)
  const reason = problem?.code ?? 'internal'
  conduct.report({ type: 'step-failed', place, reason, message })
  if (problem) return { kind: 'failed', reason, message, hint: problem.hint }
  return {
    kind: 'failed',
    reason,
    message: error instanceof Error ? (error.stack ?? message) : message,
    hint: 'This is a fault in nx-conduct or its surroundings. Nothing is lost; run the same command again, and report it if it stays.',
  }
}
