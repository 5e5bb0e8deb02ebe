import type { Module, Phase } from '@nx-conduct/spec'
import { parentsOf, type StepLocation } from '@nx-conduct/spec'
import type { StepResult } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { awaitApproval } from '../steps/approval.ts'
import { implement } from '../steps/implement.ts'
import { integrate } from '../steps/integrate.ts'
import { test } from '../steps/test.ts'
import { validate } from '../steps/validate.ts'
import { worktrees } from '../steps/worktrees.ts'
import { type Imports, importsOf } from './imports.ts'
import type { Outcome, StepFailure, Yield } from './outcome.ts'
import { type Refusals, refusalsOf } from './refuse-artifact.ts'

/**
 * The results of a plan's steps. Each is worked out once per process, when it is asked for: from the run log by its key, or
 * by performing it, after the steps before it. So a step never depends on a file that an earlier step left.
 */
export interface StepGraph {
  worktrees(phase: Phase): Promise<Outcome<'worktrees'>>
  implement(phase: Phase, module: Module): Promise<Outcome<'implement'>>
  integrate(phase: Phase): Promise<Outcome<'integrate'>>
  test(phase: Phase): Promise<Outcome<'test'>>
  validate(phase: Phase): Promise<Outcome<'validate'>>
  readonly refusals: Refusals
}

export interface StepGraphOptions {
  /** Whether this process was asked to perform a step: then Nx has no valid artifact of it. */
  readonly isOwn: (at: StepLocation) => boolean
}

export function stepGraph(context: AgentContext, { isOwn }: StepGraphOptions): StepGraph {
  const refusals = refusalsOf(context)
  const imports = (at: StepLocation): Imports => importsOf(context, refusals, { at, isOwn: isOwn(at) })

  const once = {
    worktrees: keeper<'worktrees'>(),
    implement: keeper<'implement'>(),
    integrate: keeper<'integrate'>(),
    test: keeper<'test'>(),
    validate: keeper<'validate'>(),
  }

  const modulesOf = (phase: Phase) =>
    all(phase.modules.map(async (module) => withModule(module, await graph.implement(phase, module))))

  const graph: StepGraph = {
    refusals,
    worktrees: (phase) =>
      once.worktrees(phase.slug, async () => {
        const parents = await all(
          parentsOf(context.plan, phase).map(async (parent) => withPhase(parent, await graph.validate(parent))),
        )
        if ('failed' in parents) return parents.failed
        return worktrees(context, {
          phase,
          parents: parents.results,
          isOwn: (module) => isOwn({ step: 'implement', phase: phase.slug, module: module.slug }),
        })
      }),
    implement: (phase, module) =>
      once.implement(`${phase.slug} ${module.slug}`, async () => {
        const base = await graph.worktrees(phase)
        if (base.kind === 'failed') return base
        const at = { step: 'implement', phase: phase.slug, module: module.slug }
        return implement(context, { phase, module, base: base.result, imports: imports(at) })
      }),
    integrate: (phase) =>
      once.integrate(phase.slug, async () => {
        const base = await graph.worktrees(phase)
        if (base.kind === 'failed') return base
        const modules = await modulesOf(phase)
        if ('failed' in modules) return modules.failed
        const at = { step: 'integrate', phase: phase.slug }
        return integrate(context, { phase, base: base.result, modules: modules.results, imports: imports(at) })
      }),
    test: (phase) =>
      once.test(phase.slug, async () => {
        const base = await graph.worktrees(phase)
        if (base.kind === 'failed') return base
        const integrated = await graph.integrate(phase)
        if (integrated.kind === 'failed') return integrated
        const modules = await modulesOf(phase)
        if ('failed' in modules) return modules.failed
        const at = { step: 'test', phase: phase.slug }
        const input = { phase, base: base.result, integrated, modules: modules.results }
        return test(context, { ...input, imports: imports(at) })
      }),
    validate: (phase) =>
      once.validate(phase.slug, async () => {
        const base = await graph.worktrees(phase)
        if (base.kind === 'failed') return base
        const tested = await graph.test(phase)
        if (tested.kind === 'failed') return tested
        const at = { step: 'validate', phase: phase.slug }
        const input = { phase, base: base.result }
        const validated = await validate(context, { ...input, tested: tested.result, imports: imports(at) })
        return validated.kind === 'failed' ? validated : awaitApproval(context, { ...input, validated })
      }),
  }
  return graph
}

/** Keeps outcomes by name. A failure is kept as well: the same inputs would fail again, for money. A throw is not. */
function keeper<S extends StepResult['step']>() {
  const outcomes = new Map<string, Promise<Outcome<S>>>()
  return (name: string, perform: () => Promise<Outcome<S>>): Promise<Outcome<S>> => {
    const earlier = outcomes.get(name)
    if (earlier) return earlier
    const outcome = perform()
    outcomes.set(name, outcome)
    outcome.catch(() => outcomes.delete(name))
    return outcome
  }
}

function withPhase(phase: Phase, outcome: Outcome<'validate'>) {
  return outcome.kind === 'failed' ? outcome : { phase, result: outcome.result }
}

function withModule(module: Module, outcome: Outcome<'implement'>) {
  return outcome.kind === 'failed' ? outcome : { module, result: outcome.result }
}

/** Every result, or the first failure, after all have ended. */
async function all<T>(
  outcomes: readonly Promise<T | StepFailure>[],
): Promise<{ readonly results: readonly T[] } | { readonly failed: StepFailure }> {
  const ended = await Promise.all(outcomes)
  const results: T[] = []
  for (const outcome of ended) {
    if (isFailure(outcome)) return { failed: outcome }
    results.push(outcome)
  }
  return { results }
}

function isFailure<T>(outcome: T | StepFailure): outcome is StepFailure {
  return typeof outcome === 'object' && outcome !== null && 'kind' in outcome && outcome.kind === 'failed'
}

/** The trees that a step reads of others, as Nx does: by the steps they are of. */
export function inputsOf(
  graph: StepGraph,
  phase: Phase,
  parents: readonly Phase[],
  at: StepLocation,
): readonly StepInput[] {
  const base: StepInput = { at: { step: 'worktrees', phase: phase.slug }, outcome: () => graph.worktrees(phase) }
  switch (at.step) {
    case 'worktrees':
      return parents.map((parent) => ({
        at: { step: 'validate', phase: parent.slug },
        outcome: () => graph.validate(parent),
      }))
    case 'implement':
      return [base]
    case 'integrate':
      return [
        base,
        ...phase.modules.map((module) => ({
          at: { step: 'implement', phase: phase.slug, module: module.slug },
          outcome: () => graph.implement(phase, module),
        })),
      ]
    case 'test':
      return [{ at: { step: 'integrate', phase: phase.slug }, outcome: () => graph.integrate(phase) }]
    case 'validate':
      return [base, { at: { step: 'test', phase: phase.slug }, outcome: () => graph.test(phase) }]
    default:
      return []
  }
}

export interface StepInput {
  readonly at: StepLocation
  readonly outcome: () => Promise<Yield | StepFailure>
}
