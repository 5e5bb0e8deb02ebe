import type { Oid } from '@nx-conduct/git'
import { type AgentSettings, leavesOf, orderPhases, type Phase, type Plan } from '@nx-conduct/spec'
import type { RunState } from '@nx-conduct/store'
import { agentName } from '../agents/api.ts'
import type { JudgeRole } from '../gates/gate-kind.ts'
import { areProven, phaseGates, testGates } from '../gates/required.ts'
import { findAdoptable, treeOnBase } from '../reuse/adopt.ts'
import { handedInFor } from '../reuse/handed-in.ts'
import { displacedIn, isSatisfied } from '../reuse/satisfied.ts'
import type { RunContext } from '../run/context.ts'
import { agentFor, epochOf, implementKey, integrateKey, type KeyInputs, keyInputs, proofKey } from '../step/keys.ts'
import { recordedResult } from '../step/record-once-per-key.ts'
import { type Cost, ceilingCost } from './cost.ts'

type ForecastContext = Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace' | 'commands' | 'agents'>

/** What a run would do with a phase: nothing, reuse what is recorded, or run agents. */
export type Verdict = 'satisfied' | 'recorded' | 'adopt' | 'run'

export interface PhaseForecast {
  readonly phase: Phase
  readonly verdict: Verdict
  /** Satisfied, but its gates have no evidence on the tree it would be based on and are run again. */
  readonly gatesAgain: boolean
  /** What it starts from was handed in by a person. */
  readonly handedIn: boolean
  /** The spec marks it as done: it is proven where it starts, and agents run only if that fails. */
  readonly markedDone?: true
  readonly modules: readonly { readonly name: string; readonly verdict: Verdict; readonly agent: string }[]
  /** The most that its agents cost, where the spec has prices and agents run. */
  readonly cost?: Cost
}

export interface Forecast {
  readonly phases: readonly PhaseForecast[]
  /** Roles that judge each phase, and the whole. */
  readonly judges: { readonly each: readonly JudgeRole[]; readonly final: readonly JudgeRole[] }
  /** Most that the run's agents may use by the budget, fixing rounds and conflicts included. */
  readonly ceiling: Ceiling
}

export interface Ceiling {
  readonly sessions: number
  /** Most tokens of the sessions whose tokens are limited. */
  readonly tokens: number
  /** Where the spec has prices. */
  readonly cost?: Cost
  /** Sessions of programs: nobody can limit their tokens, only their time. `agents`: which programs. */
  readonly unlimited?: { readonly sessions: number; readonly agents: readonly string[]; readonly wallMs: number }
}

interface Outcome {
  readonly forecast: PhaseForecast
  /** The tree the phase would come to, if the log or the base tells. */
  readonly tree: Oid | undefined
}

/** Says before any money is spent what `conduct` would do. Writes nothing, runs nothing. */
export async function forecast(context: ForecastContext): Promise<Forecast> {
  const { plan, run } = context
  const state = await context.log.state()
  const outcomes = new Map<string, Outcome>()
  for (const phase of orderPhases(plan)) {
    const trees = new Set(phase.dependsOn.map((id) => outcomes.get(id)?.tree))
    const [only] = trees
    const base = phase.dependsOn.length === 0 ? run.base.tree : trees.size === 1 ? only : undefined
    const satisfied = await isSatisfied(context, phase, base ?? run.base.tree)
    outcomes.set(phase.id, await forecastPhase(context, state, phase, { base, satisfied }))
  }
  const phases = plan.phases.flatMap((phase) => outcomes.get(phase.id)?.forecast ?? [])
  const toRun = phases.filter(({ verdict }) => verdict === 'run')
  const { rounds } = plan.settings
  const judges = judgesOf(plan)
  const isDone = phases.every(isSatisfiedAlready)
  const final = isDone ? [] : judges.final
  const byPhase = new Map(toRun.map((each) => [each, sessionsOf(plan, each, judges.each)]))
  const ends = leavesOf(plan)
  const ofWhole: readonly Sessions[] = isDone
    ? []
    : [
        { agent: agentFor(plan, ends.at(-1), 'fix-executor'), count: rounds },
        synthesis(plan, ends.at(-1), merges(ends.length)),
        ...final.map((role) => ({ agent: agentFor(plan, undefined, role), count: rounds + 1 })),
      ]
  return {
    phases: phases.map((each) => {
      const sessions = byPhase.get(each)
      const cost = sessions === undefined ? undefined : ceilingCost(plan.settings, sessions)
      return cost === undefined ? each : { ...each, cost }
    }),
    judges,
    ceiling: ceilingOf(context, [...[...byPhase.values()].flat(), ...ofWhole]),
  }
}

function sessionsOf(plan: Plan, { phase, modules }: PhaseForecast, judges: readonly JudgeRole[]): readonly Sessions[] {
  const { rounds } = plan.settings
  const parents = phase.dependsOn.length
  return [
    {
      agent: agentFor(plan, phase, 'implementation-executor'),
      count: modules.filter(({ verdict }) => verdict === 'run').length,
    },
    // The phase is proven, and before it what it starts from where that is merged first.
    { agent: agentFor(plan, phase, 'fix-executor'), count: parents > 1 ? 2 * rounds : rounds },
    synthesis(plan, phase, merges(modules.length) + merges(parents)),
    // A judge comes again after each round.
    ...judges.map((role) => ({ agent: agentFor(plan, phase, role), count: rounds + 1 })),
  ]
}

interface Sessions {
  readonly agent: AgentSettings
  readonly count: number
}

/** How many merges make one of so many parts. */
function merges(parts: number): number {
  return Math.max(0, parts - 1)
}

/** Any merge may conflict; a resolution that is refused is asked for once more. */
function synthesis(plan: Plan, phase: Phase | undefined, merged: number): Sessions {
  return { agent: agentFor(plan, phase, 'synthesis-architect'), count: 2 * merged }
}

function ceilingOf({ plan, agents }: ForecastContext, sessions: readonly Sessions[]): Ceiling {
  const sum = (of: readonly Sessions[]): number => of.reduce((total, { count }) => total + count, 0)
  const { budget } = plan.settings
  const programs = sessions.filter(({ agent, count }) => agent.driver === 'command' && count > 0)
  const all = sum(sessions)
  const tokens = (all - sum(programs)) * budget.tokens
  const priced = ceilingCost(plan.settings, sessions)
  const cost = priced === undefined ? {} : { cost: priced }
  if (programs.length === 0) return { sessions: all, tokens, ...cost }
  const names = [...new Set(programs.map(({ agent }) => agentName(agent, agents.rehearsal)))]
  return {
    sessions: all,
    tokens,
    ...cost,
    unlimited: { sessions: sum(programs), agents: names, wallMs: budget.wallMs },
  }
}

function isSatisfiedAlready({ verdict }: PhaseForecast): boolean {
  return verdict === 'satisfied'
}

function judgesOf({ settings }: ForecastContext['plan']): Forecast['judges'] {
  const all = [
    { role: 'code-reviewer', when: settings.review.when },
    { role: 'security-auditor', when: settings.audit.when },
  ] as const
  const due = (wanted: 'each' | 'final') => all.filter(({ when }) => when === wanted).map(({ role }) => role)
  return { each: due('each'), final: due('final') }
}

async function forecastPhase(
  context: ForecastContext,
  state: RunState,
  phase: Phase,
  at: { readonly base: Oid | undefined; readonly satisfied: boolean },
): Promise<Outcome> {
  const verdicts = (verdict: (module: Phase['modules'][number]) => Verdict) =>
    phase.modules.map((module) => ({ name: module.name, verdict: verdict(module), agent: agentText(context, phase) }))
  if (at.satisfied) {
    const gatesAgain =
      at.base === undefined ||
      !areProven(state, phaseGates(context.plan, phase, undefined), at.base, context.commands.environment.digest)
    return {
      forecast: { phase, verdict: 'satisfied', gatesAgain, handedIn: false, modules: verdicts(() => 'satisfied') },
      tree: at.base,
    }
  }
  const handedIn = handedInFor(context.plan, state, phase)
  const adoptable = handedIn !== undefined || (await findAdoptable(context, state, phase)) !== undefined
  const adoption = (): Outcome => ({
    forecast: {
      phase,
      verdict: 'adopt',
      gatesAgain: true,
      handedIn: handedIn !== undefined,
      modules: verdicts(() => 'adopt'),
    },
    tree: undefined,
  })
  // A phase that was redone on purpose is built.
  const isMarked = phase.done && handedIn === undefined && epochOf(context.plan, state, phase) === 0
  const marked = (): Outcome => ({ forecast: { ...adoption().forecast, markedDone: true }, tree: undefined })
  if (at.base === undefined) {
    if (isMarked) return marked()
    if (adoptable) return adoption()
    return {
      forecast: { phase, verdict: 'run', gatesAgain: false, handedIn: false, modules: verdicts(() => 'run') },
      tree: undefined,
    }
  }
  const keys = keyInputs(context, state, phase)
  if (handedIn !== undefined) {
    const integrated = await treeOnBase(context.workspace, handedIn.commit, at.base)
    const tree = integrated && treeAfterIntegrate(context, state, phase, { keys, base: at.base, integrated })
    return { ...adoption(), tree }
  }
  const bare = await context.workspace.objects.bare(at.base)
  const recorded = new Map(
    phase.modules.map((module) => [module.slug, treeOf(state, 'implement', implementKey(keys, module, bare))]),
  )
  const modules = verdicts((module) => (recorded.get(module.slug) === undefined ? 'run' : 'recorded'))
  if (isMarked && modules.every((module) => module.verdict === 'run')) return marked()
  if (adoptable && modules.some((module) => module.verdict === 'run')) return adoption()
  const verdict = modules.every((module) => module.verdict === 'recorded') ? 'recorded' : 'run'
  const tree =
    verdict === 'recorded' ? await treeAfter(context, state, phase, keys, at.base, [...recorded.values()]) : undefined
  return { forecast: { phase, verdict, gatesAgain: false, handedIn: false, modules }, tree }
}

/** Follows a phase's accepted steps from its modules' trees to the tree it comes to. */
async function treeAfter(
  context: ForecastContext,
  state: RunState,
  phase: Phase,
  keys: KeyInputs,
  base: Oid,
  modules: readonly (Oid | undefined)[],
): Promise<Oid | undefined> {
  const trees = modules.flatMap((tree) => tree ?? [])
  const displaced = await displacedIn(context, phase, base)
  const integrated = treeOf(state, 'integrate', integrateKey(keys, base, trees, displaced))
  return integrated && treeAfterIntegrate(context, state, phase, { keys, base, integrated })
}

function treeAfterIntegrate(
  context: ForecastContext,
  state: RunState,
  phase: Phase,
  { keys, base, integrated }: { readonly keys: KeyInputs; readonly base: Oid; readonly integrated: Oid },
): Oid | undefined {
  const tested = treeOf(state, 'test', proofKey(keys, 'test', integrated, testGates(context.plan, phase)))
  if (tested === undefined) return undefined
  return treeOf(state, 'validate', proofKey(keys, 'validate', tested, phaseGates(context.plan, phase, base)))
}

function treeOf(state: RunState, step: 'implement' | 'integrate' | 'test' | 'validate', key: string): Oid | undefined {
  return recordedResult(state, step, key)?.result.tree
}

function agentText({ plan, agents }: ForecastContext, phase: Phase): string {
  return agentName(agentFor(plan, phase, 'implementation-executor'), agents.rehearsal)
}
