import type { Assignment } from '@nx-conduct/agent'
import { changedPaths, commitTree, withFolderOf } from '@nx-conduct/git'
import { type Module, type Phase, parentsOf } from '@nx-conduct/spec'
import type { ResultOf, RunState } from '@nx-conduct/store'
import type { AgentContext, AgentTask } from '../agents/agent-task.ts'
import { assign, moduleAssignment } from '../agents/assignment.ts'
import { ownershipIn } from '../agents/find-ownership.ts'
import { explainLeftPaths } from '../agents/left-paths.ts'
import { type Ownership, outsideOwnership } from '../agents/ownership.ts'
import { type DoneWork, recordedWork, type WorkOutcome } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout, SetupFailed } from '../checkouts/setup.ts'
import { conductIdentity } from '../run/identity.ts'
import { inRepository, inWorkspace } from '../run/workspace.ts'
import type { Imports } from '../step/imports.ts'
import { implementKey, keyInputs, sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Outcome } from '../step/outcome.ts'
import { type Performed, recordOncePerKey } from '../step/record-once-per-key.ts'
import { type WroteNothing, wroteNothing } from './wrote-nothing.ts'

/** An agent that leaves its paths gets one chance to take that back. */
const sessionsPerModule = 2

export interface ImplementInput {
  readonly phase: Phase
  readonly module: Module
  readonly base: ResultOf<'worktrees'>
  readonly imports: Imports
}

/** One module's work: an agent runs once per key. */
export async function implement(context: AgentContext, input: ImplementInput): Promise<Outcome<'implement'>> {
  const { phase, module, base } = input
  const state = await context.log.state()
  const keys = keyInputs(context, state, phase)
  const key = implementKey(keys, module, await context.workspace.objects.bare(base.tree))
  const { start, tree, commit } = base
  if (start.kind !== 'fresh') {
    const result: ResultOf<'implement'> = { step: 'implement', tree, commit, report: '', issues: [] }
    const summary = start.kind === 'satisfied' ? 'satisfied' : 'no agent needed'
    return { kind: 'result', source: start.kind, key, result, summary }
  }
  const place = { step: 'implement', phase: phase.id, module: module.slug } as const
  const outcome = await recordOncePerKey(context, { step: 'implement', place, key, state }, async (lease) => {
    const ownership = await ownershipIn(context, input)
    return (
      (await importWork(context, input, key, ownership)) ??
      (await runSessions(context, input, { state, key, lease, ownership }))
    )
  })
  if (outcome.kind === 'failed') return outcome
  return { ...outcome, result: await onThisBase(context, outcome.result, base) }
}

/** The work on this base: an earlier process may have done it on an equal tree with another spec folder. */
async function onThisBase(
  { workspace, surroundings }: AgentContext,
  result: ResultOf<'implement'>,
  base: ResultOf<'worktrees'>,
): Promise<ResultOf<'implement'>> {
  const tree = await withFolderOf(workspace.repository, result.tree, {
    from: base.tree,
    folder: inRepository(workspace, workspace.specFolder),
  })
  if (tree === result.tree) return result
  const commit = await commitTree(workspace.repository, {
    tree,
    parents: [base.commit],
    message: 'Work of an earlier run on an equal tree\n',
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  return { ...result, tree, commit }
}

/** Work that another machine made and Nx's cache brought: taken if it stays in the module's paths and in the tree. */
async function importWork(
  { workspace }: AgentContext,
  { base, imports }: ImplementInput,
  key: string,
  ownership: Ownership,
): Promise<Performed<'implement'> | undefined> {
  const found = await imports.find('implement', key, base.tree)
  if (found === undefined) return undefined
  const bare = { from: await workspace.objects.bare(base.tree), to: await workspace.objects.bare(found.tree) }
  const changed = await changedPaths(workspace.repository, bare.from, bare.to)
  const outside = outsideOwnership(
    ownership,
    changed.map(({ path }) => inWorkspace(workspace, path)),
  )
  if (outside.length > 0) {
    await imports.refuse(`it changes paths that the module does not own (${outside.join(', ')})`)
    return undefined
  }
  return { kind: 'result', source: 'imported', result: found, summary: firstLine(found.report) }
}

interface Attempt {
  readonly state: RunState
  readonly key: string
  readonly lease: HeldLease
  readonly ownership: Ownership
}

async function runSessions(
  context: AgentContext,
  input: ImplementInput,
  attempt: Attempt,
): Promise<Performed<'implement'>> {
  const { module } = input
  const again = `npx nx run ${context.plan.name}:conduct`
  const workplace = workplaceOf(context, input)
  const whyNone = wroteNothing(context, input)
  let failure: Assignment['failure']
  try {
    for (let session = 1; ; session += 1) {
      const task = taskOf(context, input, { ...attempt, session, failure, checkout: workplace.open })
      const done = (await recorded(context, attempt, task, whyNone)) ?? (await runAgent(context, task))
      if (done.kind === 'undone') {
        return { kind: 'failed', reason: done.reason, message: done.message, hint: done.hint }
      }
      const none = await whyNone(done, task)
      if (none !== undefined) return { kind: 'failed', ...none }
      const outside = outsideOwnership(attempt.ownership, done.changed)
      if (outside.length === 0) return resultOf(done)
      if (session === sessionsPerModule) {
        const left = { module, ownership: attempt.ownership, foreign: outside }
        return { kind: 'failed', ...explainLeftPaths(context, task, done, left) }
      }
      failure = ownershipFailure(module, attempt.ownership, outside, session)
      // Whoever waits for this checkout may hold the slot that the next session waits for.
      workplace.stay()
    }
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error
    return {
      kind: 'failed',
      reason: 'setup',
      message: `the setup command \`${error.command}\` failed before the agent started:\n${error.output}`,
      hint: `Fix it, then run: ${again}`,
    }
  } finally {
    await workplace.close()
  }
}

/** The worktree of a module's sessions, taken when the first of them has to run. */
function workplaceOf(context: AgentContext, { phase, module, base }: ImplementInput) {
  let checkout: Checkout | undefined
  return {
    async open(): Promise<Checkout> {
      checkout ??= await openCheckout(context, 'agent', `${phase.slug}-${module.slug}`, base.commit)
      return checkout
    },
    /** It is needed for another session. */
    stay(): void {
      checkout?.setEnding(false)
    },
    async close(): Promise<void> {
      await checkout?.release()
    },
  }
}

/** The work of a session that ran for the task before. One that wrote nothing and had something to do runs again. */
async function recorded(
  context: AgentContext,
  { state }: Attempt,
  task: AgentTask,
  whyNone: WroteNothing,
): Promise<WorkOutcome | undefined> {
  const work = await recordedWork(context.workspace, state, task.key, task.baseTree)
  return work === undefined || (await whyNone(work, task)) !== undefined ? undefined : work
}

function taskOf(
  context: AgentContext,
  { phase, module, base }: ImplementInput,
  attempt: Attempt & {
    readonly session: number
    readonly failure: Assignment['failure']
    readonly checkout: () => Promise<Checkout>
  },
): AgentTask {
  const { state, session, failure, lease, checkout } = attempt
  const owned = moduleAssignment(phase, module)
  return {
    place: { step: 'implement', phase: phase.id, module: module.slug },
    phase,
    key: sessionKey(attempt.key, 'implementation-executor', session),
    assignment: assign(context.plan, 'implementation-executor', phase, {
      ...(owned ? { module: owned } : {}),
      ...(failure ? { failure } : {}),
      reports: reportsSoFar(context, state, phase),
    }),
    checkout,
    baseTree: base.tree,
    parents: [base.commit],
    message: `Phase ${phase.id}, module ${module.name}\n`,
    transcript: session === 1 ? 'transcript.jsonl' : `transcript-${session}.jsonl`,
    lease,
  }
}

function ownershipFailure(
  module: Module,
  ownership: Ownership,
  outside: readonly string[],
  session: number,
): Assignment['failure'] {
  return {
    gate: 'ownership',
    rule:
      ownership.kind === 'paths'
        ? `the module ${module.name} changes only ${ownership.globs.join(', ')}`
        : `other modules own ${ownership.except.join(', ')}`,
    output: `These paths are not yours; put them back as they were:\n${outside.join('\n')}`,
    round: session,
    rounds: sessionsPerModule,
    patch: '',
    earlier: [],
  }
}

/** What the agents of the phases this one depends on reported last, by module. */
function reportsSoFar({ plan }: AgentContext, { sessions }: RunState, phase: Phase): Assignment['reports'] {
  return parentsOf(plan, phase).flatMap((parent) =>
    parent.modules.flatMap((module) => {
      const built = Object.values(sessions).findLast(
        (each) =>
          each.phase === parent.id &&
          each.module === module.slug &&
          each.role === 'implementation-executor' &&
          each.outcome === 'reported',
      )?.report?.built
      return built === undefined || built === '' ? [] : [{ of: `phase ${parent.id}, ${module.slug}`, text: built }]
    }),
  )
}

function resultOf({ commit, tree, report, issues }: DoneWork): Performed<'implement'> {
  const result: ResultOf<'implement'> = { step: 'implement', tree, commit, report, issues }
  return { kind: 'result', source: 'executed', result, summary: firstLine(report) }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
