import type { Assignment, SessionOutcome, Verdict } from '@nx-conduct/agent'
import { changedPaths, lookUp, type Oid, readablePatch } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RecordedVerdict, RequiredGate } from '@nx-conduct/store'
import { type AgentContext, type SessionTask, workerOf } from '../../agents/agent-task.ts'
import { assign, assignWhole } from '../../agents/assignment.ts'
import { recordSession } from '../../agents/record-session.ts'
import { inSlot } from '../../agents/session.ts'
import { explainSession } from '../../agents/session-end.ts'
import { openCheckout } from '../../checkouts/setup.ts'
import { Aborted } from '../../run/problem.ts'
import { inRepository, inWorkspace } from '../../run/workspace.ts'
import { judgeKey, keyInputs } from '../../step/keys.ts'
import type { HeldLease } from '../../step/lease.ts'
import { Superseded } from '../../step/record.ts'
import type { StepPlace } from '../../views/progress.ts'
import type { Check } from '../gate-kind.ts'
import { checkVerdict } from './weigh-verdict.ts'

export interface JudgeRequest {
  readonly place: StepPlace
  /** Where the whole is judged: one of its phases. */
  readonly phase: Phase
  readonly gate: RequiredGate
  readonly check: Extract<Check, { kind: 'agent' }>
  readonly tree: Oid
  /** A commit that carries `tree`. */
  readonly commit: Oid
  readonly lease: HeldLease
}

export type Judged =
  /** `session`: what the verdict is recorded under. `recorded`: it was there before. */
  | {
      readonly kind: 'judged'
      readonly verdict: RecordedVerdict
      readonly session: string
      readonly recorded: boolean
      readonly durationMs: number
    }
  | NoVerdict

interface NoVerdict {
  readonly kind: 'no-verdict'
  readonly message: string
  readonly hint: string
  /** Whether the same agent may give one if it is asked again. */
  readonly mayTryAgain: boolean
}

/** How often an agent is asked for a verdict on one tree. */
const mostTries = 2
/** Characters of the change that an agent gets with its assignment; it can read the rest in its checkout. */
const patchCharacters = 60_000

/**
 * A verdict of an agent that judges on a tree: the recorded one, or one that is made now in a checkout of its own, of which nothing is kept. An
 * agent that gives none, or one that names only lines that do not exist, is asked a second time.
 */
export async function runJudge(context: AgentContext, request: JudgeRequest): Promise<Judged> {
  const { check, phase, gate, tree } = request
  const { scope, of, criteria } = check.rule
  const about = { tree, base: gate.base ?? null, scope, of, criteria }
  let earlier: string | undefined
  for (let attempt = 1; ; attempt += 1) {
    const state = await context.log.state()
    const key = judgeKey(keyInputs(context, state, phase), check.role, scope, { ...about, attempt })
    const recorded = state.sessions[key]?.verdict
    if (recorded !== undefined)
      return { kind: 'judged', verdict: recorded, session: key, recorded: true, durationMs: 0 }
    const ended = await judgeOnce(context, request, key, earlier)
    if (ended.kind === 'judged' || !ended.mayTryAgain || attempt === mostTries) return ended
    earlier = ended.message
  }
}

async function judgeOnce(
  context: AgentContext,
  request: JudgeRequest,
  key: string,
  earlier: string | undefined,
): Promise<Judged> {
  const task = await taskFor(context, request, key, earlier)
  const { outcome, durationMs } = await runSession(context, request, task)
  const checked =
    outcome.kind === 'judged'
      ? checkVerdict(
          outcome.verdict,
          request.check.rule.criteria,
          await lineCounts(context, request.tree, filesIn(outcome.verdict)),
        )
      : undefined
  const end = { usage: { sessions: 1, ...outcome.usage }, durationMs }
  if (checked?.kind === 'usable') {
    const { verdict } = checked
    await recordSession(context, task, { ...end, outcome: 'judged' }, { verdict })
    return { kind: 'judged', verdict, session: key, recorded: false, durationMs }
  }
  await recordSession(context, task, { ...end, outcome: checked === undefined ? outcome.kind : 'unusable' }, {})
  const again = `npx nx run ${context.plan.name}:conduct`
  if (checked !== undefined) {
    return {
      kind: 'no-verdict',
      message: checked.why,
      hint: `Run it again, or with another model: ${again}`,
      mayTryAgain: true,
    }
  }
  const { message, hint } = whyNone(context, task, outcome)
  return { kind: 'no-verdict', message, hint, mayTryAgain: outcome.kind === 'format' }
}

function whyNone(context: AgentContext, task: SessionTask, outcome: SessionOutcome): ReturnType<typeof explainSession> {
  switch (outcome.kind) {
    case 'aborted':
      if (task.lease.lost.aborted && !context.surroundings.signal.aborted)
        throw new Superseded('another process holds it now')
      throw new Aborted('an agent was stopped')
    case 'reported':
    case 'judged':
      throw new Error(`the ${task.assignment.role} ended with what it was not asked for`)
    default:
      return explainSession(context, task, outcome)
  }
}

async function taskFor(
  context: AgentContext,
  { place, phase, check, gate, tree, lease }: JudgeRequest,
  key: string,
  earlier: string | undefined,
): Promise<SessionTask> {
  const { plan, workspace } = context
  const { scope, criteria } = check.rule
  const base = gate.base ?? tree
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const isWanted = (path: string): boolean => !path.startsWith(spec)
  const changed = (await changedPaths(workspace.repository, base, tree)).filter(({ path }) => isWanted(path))
  const review: Assignment['review'] = {
    scope,
    base,
    changed: changed.map(
      ({ path, status }) => `${inWorkspace(workspace, path)}${status === 'deleted' ? ' (deleted)' : ''}`,
    ),
    patch: await readablePatch(workspace.repository, { from: base, to: tree }, { most: patchCharacters, isWanted }),
    criteria,
    ...(earlier === undefined ? {} : { earlier }),
  }
  return {
    place,
    phase: scope === 'whole' ? undefined : phase,
    key,
    assignment: scope === 'whole' ? assignWhole(plan, check.role, review) : assign(plan, check.role, phase, { review }),
    transcript: `transcript-${gate.gate}.jsonl`,
    lease,
  }
}

async function runSession(
  context: AgentContext,
  { commit, gate, phase }: JudgeRequest,
  task: SessionTask,
): Promise<{ readonly outcome: SessionOutcome; readonly durationMs: number }> {
  const { surroundings, watch } = context
  return inSlot(context, task, async (session) => {
    const checkout = await openCheckout(context, 'gate', `${phase.slug}-${gate.gate}`, commit)
    try {
      const ended = await watch.around(`${workerOf(task)} worked`, () => session(checkout))
      const changed = await checkout.changedFiles()
      if (changed.length > 0) {
        surroundings.report({
          type: 'notice',
          severity: 'warning',
          code: 'judge-changed-files',
          message: `${workerOf(task)} changed ${changed.slice(0, 3).join(', ')}${changed.length > 3 ? ` and ${changed.length - 3} more` : ''} in its checkout; nothing of that is kept`,
        })
      }
      return ended
    } finally {
      await checkout.release()
    }
  })
}

function filesIn({ findings, criteria }: Verdict): readonly string[] {
  return [...new Set([...findings, ...criteria.flatMap(({ citations }) => citations)].map(({ file }) => file))]
}

/** More is not read to count lines. */
const mostBytes = 8 * 1024 * 1024

async function lineCounts(
  { workspace }: AgentContext,
  tree: Oid,
  files: readonly string[],
): Promise<(path: string) => number | undefined> {
  const { repository } = workspace
  const counts = new Map<string, number>()
  for (const file of files) {
    const found = await lookUp(repository, tree, inRepository(workspace, file))
    if (found.kind !== 'file') continue
    const size = (await repository.objects.info(found.oid))?.size ?? 0
    if (size > mostBytes) continue
    const text = (await repository.objects.content('blob', found.oid)).toString('utf8')
    // A file without a line has a first one to speak of.
    counts.set(file, Math.max(1, text.endsWith('\n') ? text.split('\n').length - 1 : text.split('\n').length))
  }
  return (path) => counts.get(path)
}
