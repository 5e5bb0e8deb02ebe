import { ancestorsOf, type Module, type Phase } from '@nx-conduct/spec'
import type { ResultOf, RunState } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { regressionGates } from '../gates/required.ts'
import { type AcceptedPhase, joinAndProve, joinCommit, joinOf } from '../merge/join.ts'
import { adopt, findAdoptable } from '../reuse/adopt.ts'
import { handedInFor } from '../reuse/handed-in.ts'
import { startMarkedDone } from '../reuse/marked-done.ts'
import { isSatisfied } from '../reuse/satisfied.ts'
import { rebaseOntoRun } from '../run/rebase-onto-run.ts'
import { epochOf, implementKey, joinKey, type KeyInputs, keyInputs, worktreesKey } from '../step/keys.ts'
import type { Outcome, StepFailure } from '../step/outcome.ts'
import { recordedResult, recordOncePerKey } from '../step/record-once-per-key.ts'

export interface WorktreesInput {
  readonly phase: Phase
  /** The validated phases that this one depends on. */
  readonly parents: readonly { readonly phase: Phase; readonly result: ResultOf<'validate'> }[]
  /** Whether this process may run an agent for the module. */
  readonly isOwn: (module: Module) => boolean
}

/** The commit that a phase is based on. */
export type Base = Pick<ResultOf<'worktrees'>, 'commit' | 'tree'>

/** Finds the phase's base commit, merging its parents if there are several, and what it starts with. */
export async function worktrees(context: AgentContext, input: WorktreesInput): Promise<Outcome<'worktrees'>> {
  const { phase } = input
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const base = await baseOf(context, input)
  if ('kind' in base) return base
  const at = base.commit.slice(0, 7)
  if (await isSatisfied(context, phase, base.tree)) {
    return {
      kind: 'result',
      source: 'satisfied',
      key: worktreesKey(keys, base.tree, undefined),
      result: { step: 'worktrees', ...base, start: { kind: 'satisfied' } },
      summary: `satisfied: ${at} holds it`,
    }
  }
  const handedIn = await startHandedIn(context, phase, { state, keys, base })
  if (handedIn) return handedIn
  const done = await startDone(context, phase, { state, keys, base })
  if (done) return done
  const adopted = await adoptEarlier(context, phase, { state, keys, base })
  if (adopted) return adopted
  await prepare(context, input, { state, keys, base })
  return {
    kind: 'result',
    source: 'executed',
    key: worktreesKey(keys, base.tree, undefined),
    result: { step: 'worktrees', ...base, start: { kind: 'fresh' } },
    summary: `base ${at}`,
  }
}

/** The run's base, the parent's commit, or the merge of the parents, proven with the tests of all they are made of. */
export async function baseOf(
  context: AgentContext,
  { phase, parents }: Pick<WorktreesInput, 'phase' | 'parents'>,
): Promise<Base | StepFailure> {
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const accepted: AcceptedPhase[] = []
  for (const { phase: parent, result } of parents) {
    accepted.push({ phase: parent, tree: result.tree, commit: await rebaseOntoRun(context, result.commit) })
  }
  const [first, ...others] = accepted
  if (!first) return { ...context.run.base }
  const join = await joinOf(context, [first, ...others])
  const [only, ...more] = join.parts
  if (more.length === 0) return { commit: only.commit, tree: only.tree }
  const gates = regressionGates(ancestorsOf(context.plan, phase.id))
  const key = joinKey(keys, join, gates)
  const place = { step: 'worktrees', phase: phase.id } as const
  const joined = await recordOncePerKey(context, { step: 'worktrees', place, key, state }, async (lease) => {
    const made = await joinAndProve(context, { place, phase, key, join, gates, lease })
    if (made.kind === 'failed') return made
    const { commit, tree } = made
    return {
      kind: 'result',
      source: 'executed',
      result: { step: 'worktrees', commit, tree, start: { kind: 'fresh' } },
      summary: `base ${commit.slice(0, 7)}`,
    }
  })
  if (joined.kind === 'failed') return { ...joined, message: `the join before phase ${phase.id}: ${joined.message}` }
  const { tree, commit } = joined.result
  const { parents: joinedParents } = await context.workspace.objects.commit(commit)
  const isOurs = joinedParents.join() === join.parts.map((part) => part.commit).join()
  return { tree, commit: isOurs ? commit : await joinCommit(context, join, tree) }
}

interface Start {
  readonly state: RunState
  readonly keys: KeyInputs
  readonly base: Base
}

/** What a person handed in comes before all that agents made. It is never left aside in silence. */
async function startHandedIn(
  context: AgentContext,
  phase: Phase,
  { state, keys, base }: Start,
): Promise<Outcome<'worktrees'> | undefined> {
  const { plan } = context
  const handedIn = handedInFor(plan, state, phase)
  if (handedIn === undefined) return undefined
  const at = base.commit.slice(0, 7)
  const start = await adopt(context, phase, handedIn.commit, base)
  if (start === undefined) {
    return {
      kind: 'failed',
      reason: 'does-not-merge',
      message: `what was handed in for phase ${phase.id} (${handedIn.commit.slice(0, 12)}, from ${handedIn.from}) does not merge with the phase's base of today, ${at}`,
      hint: `Make a branch of it: git branch handed-in ${handedIn.commit} – merge or rebase it there onto ${base.commit.slice(0, 12)}, and hand it in again: npx nx run ${plan.name}:hand-in --phase=${phase.id} --from=handed-in – or have agents build the phase: npx nx run ${plan.name}:redo --phase=${phase.id}`,
    }
  }
  return {
    kind: 'result',
    source: 'adopted',
    key: worktreesKey(keys, base.tree, handedIn.commit),
    result: { step: 'worktrees', ...base, start: { ...start, handedIn: true } },
    summary: `base ${at}; what was handed in, ${handedIn.commit.slice(0, 7)}, is taken`,
  }
}

/** What the spec marks as done is proven first. Once an agent has worked on the phase here, its work counts. */
async function startDone(
  context: AgentContext,
  phase: Phase,
  { state, keys, base }: Start,
): Promise<Outcome<'worktrees'> | undefined> {
  if (!phase.done || epochOf(context.plan, state, phase) > 0) return undefined
  const missing = await missingModules(context, phase, { state, keys, base })
  if (missing.length < phase.modules.length) return undefined
  const start = await startMarkedDone(context, phase, base)
  if (start === undefined) return undefined
  return {
    kind: 'result',
    source: 'adopted',
    key: worktreesKey(keys, base.tree, start.from),
    result: { step: 'worktrees', ...base, start },
    summary: `base ${base.commit.slice(0, 7)}; marked as done, and passes there`,
  }
}

/** Adopts only if some module has no recorded step for its key: recorded work needs no adoption. */
async function adoptEarlier(
  context: AgentContext,
  phase: Phase,
  { state, keys, base }: Start,
): Promise<Outcome<'worktrees'> | undefined> {
  if ((await missingModules(context, phase, { state, keys, base })).length === 0) return undefined
  const from = await findAdoptable(context, state, phase)
  if (from === undefined) return undefined
  const start = await adopt(context, phase, from, base)
  if (start === undefined) return undefined
  return {
    kind: 'result',
    source: 'adopted',
    key: worktreesKey(keys, base.tree, from),
    result: { step: 'worktrees', ...base, start },
    summary: `base ${base.commit.slice(0, 7)}; the result of an earlier run, ${from.slice(0, 7)}, is adopted`,
  }
}

async function missingModules(
  { workspace }: Pick<AgentContext, 'workspace'>,
  phase: Phase,
  { state, keys, base }: Start,
): Promise<readonly Module[]> {
  const bare = await workspace.objects.bare(base.tree)
  return phase.modules.filter((module) => !recordedResult(state, 'implement', implementKey(keys, module, bare)))
}

/** The worktrees of a phase exist before its first agent starts: git does not register them well beside other work. */
async function prepare(context: AgentContext, { phase, isOwn }: WorktreesInput, start: Start): Promise<void> {
  const modules = (await missingModules(context, phase, start)).filter(isOwn)
  const agents = Math.min(modules.length, context.agents.slots.concurrency)
  await context.checkouts.reserve(agents, start.base.commit)
}
