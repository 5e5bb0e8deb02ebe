import type { Oid } from '@nx-conduct/git'
import { orderPhases, type Phase } from '@nx-conduct/spec'
import type { RunState } from '@nx-conduct/store'
import { isRehearsed } from '../agents/rehearsal.ts'
import { phaseGates, testGates } from '../gates/required.ts'
import { findAdoptable } from '../reuse/adopt.ts'
import { satisfiedPhases } from '../reuse/built.ts'
import type { Conduct } from '../run/conduct.ts'
import { agentFor, implementKey, integrateKey, type KeyInputs, keyInputs, proofKey } from '../step/keys.ts'
import { holds } from '../steps/test.ts'

/** What a run would do with a phase: nothing, use what is known, or buy agents' work. */
export type Verdict = 'satisfied' | 'known' | 'adopt' | 'buy'

export interface PhaseForecast {
  readonly phase: Phase
  readonly verdict: Verdict
  /** Satisfied, but its gates have no evidence on the tree it would stand on and are run again. */
  readonly gatesAgain: boolean
  readonly modules: readonly { readonly name: string; readonly verdict: Verdict; readonly agent: string }[]
}

export interface Forecast {
  readonly phases: readonly PhaseForecast[]
  /** Most that the run's agents may use by the budget: sessions and tokens, fixing rounds included. */
  readonly ceiling: { readonly sessions: number; readonly tokens: number }
}

interface Outcome {
  readonly forecast: PhaseForecast
  /** The tree the phase would hand on, where the log or the base tells. */
  readonly tree: Oid | undefined
}

/** Says before any money is spent what `conduct` would do. Writes nothing, runs nothing. */
export async function forecast(conduct: Conduct): Promise<Forecast> {
  const { plan, run } = conduct
  const state = await conduct.log.state()
  const satisfied = satisfiedPhases(plan, await conduct.facts.built(run.base.tree))
  const outcomes = new Map<string, Outcome>()
  for (const phase of orderPhases(plan)) {
    const trees = new Set(phase.dependsOn.map((id) => outcomes.get(id)?.tree))
    const [only] = trees
    const base = phase.dependsOn.length === 0 ? run.base.tree : trees.size === 1 ? only : undefined
    outcomes.set(phase.id, await forecastPhase(conduct, state, phase, { base, satisfied: satisfied.has(phase.slug) }))
  }
  const phases = plan.phases.flatMap((phase) => outcomes.get(phase.id)?.forecast ?? [])
  const bought = phases.filter(({ verdict }) => verdict === 'buy')
  const sessions = bought.reduce(
    (sum, { modules }) => sum + modules.filter(({ verdict }) => verdict === 'buy').length + plan.settings.rounds,
    0,
  )
  return { phases, ceiling: { sessions, tokens: sessions * plan.settings.budget.tokens } }
}

async function forecastPhase(
  conduct: Conduct,
  state: RunState,
  phase: Phase,
  at: { readonly base: Oid | undefined; readonly satisfied: boolean },
): Promise<Outcome> {
  const verdicts = (verdict: (module: Phase['modules'][number]) => Verdict) =>
    phase.modules.map((module) => ({ name: module.name, verdict: verdict(module), agent: agentText(conduct, phase) }))
  if (at.satisfied) {
    const gatesAgain =
      at.base === undefined ||
      !holds(state, phaseGates(conduct.plan, phase, undefined).gates, at.base, conduct.environment.digest)
    return {
      forecast: { phase, verdict: 'satisfied', gatesAgain, modules: verdicts(() => 'satisfied') },
      tree: at.base,
    }
  }
  const adoptable = (await findAdoptable(conduct, state, phase)) !== undefined
  const adoption = (): Outcome => ({
    forecast: { phase, verdict: 'adopt', gatesAgain: true, modules: verdicts(() => 'adopt') },
    tree: undefined,
  })
  if (at.base === undefined) {
    if (adoptable) return adoption()
    return { forecast: { phase, verdict: 'buy', gatesAgain: false, modules: verdicts(() => 'buy') }, tree: undefined }
  }
  const keys = await keyInputs(conduct, phase)
  const bare = await conduct.facts.bare(at.base)
  const known = new Map(
    phase.modules.map((module) => [module.slug, acceptedTree(state, implementKey(keys, module, bare))]),
  )
  const modules = verdicts((module) => (known.get(module.slug) === undefined ? 'buy' : 'known'))
  if (adoptable && modules.some((module) => module.verdict === 'buy')) return adoption()
  const verdict = modules.every((module) => module.verdict === 'known') ? 'known' : 'buy'
  const tree = verdict === 'known' ? handedOn(conduct, state, phase, keys, at.base, [...known.values()]) : undefined
  return { forecast: { phase, verdict, gatesAgain: false, modules }, tree }
}

/** Follows a phase's accepted steps from its modules' trees to the tree it hands on. */
function handedOn(
  conduct: Conduct,
  state: RunState,
  phase: Phase,
  keys: KeyInputs,
  base: Oid,
  modules: readonly (Oid | undefined)[],
): Oid | undefined {
  const integrated = acceptedTree(
    state,
    integrateKey(
      keys,
      base,
      modules.flatMap((tree) => tree ?? []),
    ),
  )
  const tested =
    integrated === undefined ? undefined : acceptedTree(state, proofKey(keys, 'test', integrated, testGates(phase)))
  return tested === undefined
    ? undefined
    : acceptedTree(state, proofKey(keys, 'validate', tested, phaseGates(conduct.plan, phase, base).gates))
}

function acceptedTree(state: RunState, key: string): Oid | undefined {
  const step = state.steps[key]
  return step?.status === 'accepted' ? step.result?.tree : undefined
}

function agentText(conduct: Conduct, phase: Phase): string {
  const agent = agentFor(conduct.plan, phase, 'implementation-executor')
  const name = agent.driver === 'command' ? (agent.command ?? 'command') : (agent.model ?? 'anthropic')
  return isRehearsed(conduct.rehearsal, agent) ? `${name} (rehearsal)` : name
}
