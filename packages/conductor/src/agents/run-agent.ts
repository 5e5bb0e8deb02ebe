import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Assignment, runSession, type SessionOutcome, type SessionUsage } from '@nx-conduct/agent'
import { changedPaths, commitTree, type Oid, snapshot } from '@nx-conduct/git'
import { type AgentSettings, digestOf, type Phase } from '@nx-conduct/spec'
import type { Usage } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { Aborted, ConductProblem } from '../run/problem.ts'
import { artifactFolder } from '../step/artifact.ts'
import { agentFor } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import { record, Superseded } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import { isRehearsed } from './rehearsal.ts'

export interface SessionPlan {
  readonly place: StepPlace
  readonly phase: Phase
  /** A session that ended with work under this key is used again, never bought twice. */
  readonly key: string
  readonly assignment: Assignment
  readonly checkout: Checkout
  /** The tree the agent starts from, as it stands in the checkout. */
  readonly baseTree: Oid
  /** Parents and message of the commit its work becomes. */
  readonly parents: readonly Oid[]
  readonly message: string
  /** Name of the transcript in the artifact's folder. */
  readonly transcript: string
  readonly lease: HeldLease
}

export type WorkOutcome =
  | {
      readonly kind: 'done'
      readonly commit: Oid
      readonly tree: Oid
      readonly report: string
      readonly issues: readonly string[]
      readonly known: boolean
      readonly changed: readonly string[]
    }
  /** The session ended without a report; work that stood in the worktree is kept at `commit`. */
  | {
      readonly kind: 'undone'
      readonly reason: string
      readonly message: string
      readonly hint: string
      readonly commit: Oid | undefined
    }

/** The session that was bought for a key before, if it ended with work. */
export async function knownWork(
  conduct: Conduct,
  key: string,
  /** Tree the session started from; what it changed is worked out against it. */
  baseTree?: Oid,
): Promise<Extract<WorkOutcome, { kind: 'done' }> | undefined> {
  const session = (await conduct.log.state()).sessions[key]
  if (session?.outcome !== 'reported' || session.commit === undefined || session.tree === undefined) return undefined
  const { built, issues } = session.report ?? {}
  return {
    kind: 'done',
    commit: session.commit,
    tree: session.tree,
    report: typeof built === 'string' ? built : '',
    issues: Array.isArray(issues) ? issues.filter((issue) => typeof issue === 'string') : [],
    known: true,
    changed:
      baseTree === undefined
        ? []
        : (await changedPaths(conduct.repository, baseTree, session.tree)).map(({ path }) => path),
  }
}

/** Lets an agent play a role in a checkout, and turns what stands there afterwards into a commit. */
export async function work(conduct: Conduct, plan: SessionPlan): Promise<WorkOutcome> {
  const role = plan.assignment.role
  const agent = agentFor(conduct.plan, plan.phase, role)
  const startedMs = conduct.clock.monotonicMs()
  const outcome = await conduct.agentSlots(async () => {
    if (conduct.signal.aborted) throw new Aborted('nothing more is bought')
    conduct.report({
      type: 'agent-started',
      place: plan.place,
      role,
      agent: agentName(conduct, agent),
      ...roundOf(plan),
    })
    return runSession({
      assignment: plan.assignment,
      agent: {
        driver: agent.driver,
        ...(agent.model === undefined ? {} : { model: agent.model }),
        ...(agent.command === undefined ? {} : { command: agent.command }),
      },
      budget: conduct.plan.settings.budget,
      directory: plan.checkout.directory,
      readOnly: [conduct.repository.commonDir, join(plan.checkout.directory, conduct.specFolder)],
      transcriptFile: await transcriptFile(conduct, plan),
      api: await apiFor(conduct, agent),
      env: plan.checkout.env,
      secrets: conduct.secrets,
      signal: AbortSignal.any([conduct.signal, plan.lease.lost]),
      onProgress: (progress) => {
        if (progress.type === 'turn') {
          conduct.report({
            type: 'agent-turn',
            place: plan.place,
            role,
            turn: progress.turn,
            tokens: tokensOf(progress.usage),
            summary: progress.summary,
          })
          conduct.log.announce({
            run: conduct.run.id,
            ...plan.place,
            role,
            turn: progress.turn,
            tokens: tokensOf(progress.usage),
          })
        } else if (progress.type === 'retry') {
          conduct.report({ type: 'agent-retry', place: plan.place, role, waitMs: progress.waitMs, why: progress.why })
        }
      },
    })
  })
  const durationMs = Math.round(conduct.clock.monotonicMs() - startedMs)
  const usage: Usage = { sessions: 1, ...outcome.usage }

  const taken = await snapshot(conduct.repository, {
    worktree: plan.checkout.directory,
    base: plan.baseTree,
    exclude: [conduct.specFolder],
  })
  const commit =
    taken.kind === 'snapshot'
      ? await commitTree(conduct.repository, {
          tree: taken.tree,
          parents: plan.parents,
          message: plan.message,
          author: conductIdentity,
          at: conduct.clock.now().toISOString(),
        })
      : undefined

  const finished = outcome.kind === 'reported' && taken.kind === 'refused' ? 'refused-work' : outcome.kind
  const ended = { type: 'agent-ended', place: plan.place, role, usage, durationMs, known: false } as const
  const session = {
    type: 'agent.finished',
    run: conduct.run.id,
    phase: plan.phase.id,
    ...(plan.place.module === undefined ? {} : { module: plan.place.module }),
    role,
    agentKey: plan.key,
    outcome: finished,
    usage,
    durationMs,
  } as const
  await record(
    conduct,
    {
      ...session,
      ...(commit === undefined ? {} : { commit }),
      ...(taken.kind === 'snapshot' ? { tree: taken.tree } : {}),
      ...(outcome.kind === 'reported' ? { report: { ...outcome.report } } : {}),
    },
    { ...(commit === undefined ? {} : { commits: [commit] }), lease: plan.lease },
  ).catch(async (error: unknown) => {
    if (error instanceof Superseded) {
      // What was spent is counted, unless the run has ended meanwhile; what it made is another's to make.
      const body = { ...session, outcome: 'superseded' }
      await conduct.log.append({ operationId: digestOf(body), body })
      conduct.report({ ...ended, outcome: 'superseded' })
    }
    throw error
  })
  conduct.report({ ...ended, outcome: finished })
  if (outcome.kind === 'aborted') {
    if (plan.lease.lost.aborted && !conduct.signal.aborted) throw new Superseded('another process holds it now')
    throw new Aborted('an agent was stopped')
  }

  if (taken.kind === 'refused') {
    return {
      kind: 'undone',
      reason: 'refused-work',
      message: `what the agent left may not enter a commit: ${taken.problems.map(({ path, why }) => `${path} (${why})`).join('; ')}`,
      hint: `Say in the phase's gotchas what the agent has to avoid, commit, and run: npx nx run ${conduct.plan.name}:conduct`,
      commit: undefined,
    }
  }
  for (const path of taken.discarded ?? []) {
    conduct.report({
      type: 'notice',
      severity: 'warning',
      code: 'spec-edit-discarded',
      message: `the agent changed ${path}; that was left out: the plan in force is the one the run was compiled from`,
    })
  }
  if (outcome.kind === 'reported') {
    return {
      kind: 'done',
      commit: commit ?? '',
      tree: taken.tree,
      report: outcome.report.built,
      issues: outcome.report.issues,
      known: false,
      changed: taken.changed,
    }
  }
  return { kind: 'undone', ...explain(conduct, outcome), commit }
}

function explain(
  conduct: Conduct,
  outcome: Exclude<SessionOutcome, { kind: 'reported' | 'aborted' }>,
): { readonly reason: string; readonly message: string; readonly hint: string } {
  const again = `npx nx run ${conduct.plan.name}:conduct`
  switch (outcome.kind) {
    case 'limit':
      return {
        reason: 'out-of-budget',
        message: `the agent reached its limit (${outcome.limit}) before it reported`,
        hint:
          outcome.limit === 'context'
            ? `The module is too large for one session: split it in the spec, then run: ${again}`
            : `Raise budget.${outcome.limit} in the spec's front matter, or split the module, then run: ${again}`,
      }
    case 'refused':
      return {
        reason: 'agent-refused',
        message: `the model refused: ${outcome.message}`,
        hint: `Rephrase the phase's tasks, then run: ${again}`,
      }
    case 'format':
      return {
        reason: 'agent-format',
        message: `the agent did not end with a report: ${outcome.message}`,
        hint: `Run it again: ${again}`,
      }
    case 'unavailable':
      return { reason: 'agent-unavailable', message: outcome.message, hint: outcome.hint }
    default:
      return outcome satisfies never
  }
}

async function apiFor(conduct: Conduct, agent: AgentSettings): Promise<{ baseURL?: string; apiKey?: string }> {
  if (agent.driver !== 'anthropic') return {}
  if (isRehearsed(conduct.rehearsal, agent)) {
    return { baseURL: await conduct.rehearsal.url(), apiKey: 'rehearsal' }
  }
  const apiKey = conduct.env['ANTHROPIC_API_KEY']
  if (!apiKey) {
    throw new ConductProblem(
      'rehearsal',
      'there is no key for the Messages API: ANTHROPIC_API_KEY is not set',
      'Set ANTHROPIC_API_KEY, or name a score under `agent.rehearsal` in the front matter to run without the network.',
    )
  }
  const baseURL = conduct.env['ANTHROPIC_BASE_URL']
  if (!baseURL || (await setByRepository(conduct, 'ANTHROPIC_BASE_URL'))) {
    if (baseURL) {
      conduct.report({
        type: 'notice',
        severity: 'warning',
        code: 'base-url-ignored',
        message:
          'ANTHROPIC_BASE_URL comes from a .env file of the repository and is ignored: a repository does not say where the key is sent',
        hint: 'Set it in your own environment if you mean it.',
      })
    }
    return { apiKey }
  }
  return { apiKey, baseURL }
}

/** Nx loads files such as `.env`, `.local.env` and `.env.conduct-test` into the environment of tasks. */
async function setByRepository(conduct: Conduct, name: string): Promise<boolean> {
  for (const folder of ['.', conduct.specFolder]) {
    const entries = await readdir(join(conduct.root, folder)).catch(() => [])
    for (const entry of entries.filter((each) => /^\.env|\.env$/.test(each))) {
      const text = await readFile(join(conduct.root, folder, entry), 'utf8').catch(() => '')
      if (new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(text)) return true
    }
  }
  return false
}

async function transcriptFile(conduct: Conduct, plan: SessionPlan): Promise<string> {
  const folder = artifactFolder(conduct.plan.name, {
    step: plan.place.step,
    phase: plan.phase.slug,
    ...(plan.place.step === 'implement' && plan.place.module !== undefined ? { module: plan.place.module } : {}),
  })
  const file = join(conduct.root, folder, plan.transcript)
  await mkdir(dirname(file), { recursive: true })
  return file
}

function agentName(conduct: Conduct, agent: AgentSettings): string {
  const name = agent.driver === 'command' ? (agent.command ?? 'command') : (agent.model ?? 'anthropic')
  return isRehearsed(conduct.rehearsal, agent) ? `${name} (rehearsal)` : name
}

function roundOf(plan: SessionPlan): { round?: number } {
  const round = plan.assignment.failure?.round
  return round === undefined ? {} : { round }
}

function tokensOf(usage: SessionUsage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}
