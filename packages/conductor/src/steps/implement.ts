import type { Assignment } from '@nx-conduct/agent'
import { commitTree, withFolderOf } from '@nx-conduct/git'
import type { Module, Phase } from '@nx-conduct/spec'
import { assign, moduleAssignment } from '../agents/assignment.ts'
import { ownershipOf, trespasses } from '../agents/ownership.ts'
import { knownWork, type WorkOutcome, work } from '../agents/run-agent.ts'
import { type Checkout, checkOut, setUp } from '../checkouts/checkout.ts'
import type { PreparedCheckouts } from '../checkouts/prepared.ts'
import { type PhaseBase, readBase } from '../reuse/phase-base.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { implementKey, type KeyInputs, sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Performed, PerformedResult } from '../step/outcome.ts'
import { once } from '../step/record-once.ts'
import { foldersOf } from './worktrees.ts'

/** An agent that leaves its paths gets one chance to take that back. */
const sessionsPerModule = 2

export interface ImplementInput {
  readonly phase: Phase
  readonly module: Module
  readonly keys: KeyInputs
  readonly prepared: PreparedCheckouts
  readonly projectRoots: Readonly<Record<string, string>>
}

/** Buys one module's work, once per key. */
export async function implement(conduct: Conduct, input: ImplementInput): Promise<Performed> {
  const { phase, module, keys } = input
  const base = await readBase(conduct, phase)
  if (base.satisfied) {
    return {
      kind: 'result',
      source: 'satisfied',
      commit: base.commit,
      tree: base.tree,
      details: {},
      summary: 'satisfied',
    }
  }
  if (base.adopted) {
    return {
      kind: 'result',
      source: 'adopted',
      commit: base.commit,
      tree: base.tree,
      details: {},
      summary: 'nothing to buy',
    }
  }
  const key = implementKey(keys, module, await conduct.facts.bare(base.tree))
  const place = { step: 'implement', phase: phase.id, module: module.slug } as const
  const performed = await once(conduct, { place, key }, (lease) => buy(conduct, input, { base, key, lease }))
  if (performed.kind === 'failed' || performed.source !== 'known') return performed
  return standOn(conduct, performed, base)
}

/** Work that was bought on an equal tree with another spec folder is laid onto this base. */
async function standOn(conduct: Conduct, performed: PerformedResult, base: PhaseBase): Promise<Performed> {
  const tree = await withFolderOf(conduct.repository, performed.tree, { from: base.tree, folder: conduct.specFolder })
  if (tree === performed.tree) return performed
  const commit = await commitTree(conduct.repository, {
    tree,
    parents: [base.commit],
    message: 'Work of an earlier run on an equal tree\n',
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
  return { ...performed, tree, commit }
}

async function buy(
  conduct: Conduct,
  input: ImplementInput,
  at: { readonly base: PhaseBase; readonly key: string; readonly lease: HeldLease },
): Promise<Performed> {
  const { phase, module } = input
  const ownership = ownershipOf(phase, module, {
    folders: await foldersOf(conduct, at.base.tree),
    projectRoots: input.projectRoots,
  })
  const checkout =
    (await input.prepared.take(phase.slug, module.slug, at.base.commit)) ??
    (await checkOut(conduct, `${phase.slug}-${module.slug}`, at.base.commit))
  try {
    const setup = await setUp(conduct, checkout)
    if (setup.kind === 'failed') {
      return {
        kind: 'failed',
        reason: 'setup',
        message: `the setup command \`${setup.command}\` failed before the agent started:\n${setup.output}`,
        hint: `Mend it, then run: npx nx run ${conduct.plan.name}:conduct`,
      }
    }
    let failure: Assignment['failure']
    for (let session = 1; session <= sessionsPerModule; session += 1) {
      const done = await implementOnce(conduct, input, { ...at, checkout, session, ...(failure ? { failure } : {}) })
      if (done.kind === 'undone') {
        return { kind: 'failed', reason: done.reason, message: done.message, hint: done.hint }
      }
      const strayed = trespasses(ownership, done.changed)
      if (strayed.length === 0) return bought(module, done)
      failure = {
        gate: 'ownership',
        rule:
          ownership.kind === 'paths'
            ? `the module ${module.name} changes only ${ownership.globs.join(', ')}`
            : `other modules own ${ownership.except.join(', ')}`,
        output: `These paths are not yours; put them back as they were:\n${strayed.join('\n')}`,
        round: session,
        rounds: sessionsPerModule,
      }
    }
    return {
      kind: 'failed',
      reason: 'ownership',
      message: `the agent of module ${module.name} changed paths it does not own:\n${failure?.output.split('\n').slice(1).join('\n') ?? ''}`,
      hint: `Give the module those paths in the spec (Modules: ${module.name} (path/**)), commit, then run: npx nx run ${conduct.plan.name}:conduct`,
    }
  } finally {
    await checkout.remove()
  }
}

async function implementOnce(
  conduct: Conduct,
  { phase, module }: ImplementInput,
  at: {
    readonly base: PhaseBase
    readonly key: string
    readonly lease: HeldLease
    readonly checkout: Checkout
    readonly session: number
    readonly failure?: Assignment['failure']
  },
): Promise<WorkOutcome> {
  const key = sessionKey(at.key, 'implementation-executor', at.session)
  const known = await knownWork(conduct, key, at.base.tree)
  if (known) return known
  const owned = moduleAssignment(phase, module)
  return work(conduct, {
    place: { step: 'implement', phase: phase.id, module: module.slug },
    phase,
    key,
    assignment: assign(conduct, 'implementation-executor', phase, {
      ...(owned ? { module: owned } : {}),
      ...(at.failure ? { failure: at.failure } : {}),
      reports: await reportsSoFar(conduct, phase),
    }),
    checkout: at.checkout,
    baseTree: at.base.tree,
    parents: [at.base.commit],
    message: `Phase ${phase.id}, module ${module.name}\n`,
    transcript: at.session === 1 ? 'transcript.jsonl' : `transcript-${at.session}.jsonl`,
    lease: at.lease,
  })
}

/** What the agents of the phases this one stands on said they built: of each module, what was said last. */
async function reportsSoFar(conduct: Conduct, phase: Phase): Promise<Assignment['reports']> {
  const { sessions } = await conduct.log.state()
  const parents = conduct.plan.phases.filter(({ id }) => phase.dependsOn.includes(id))
  return parents.flatMap((parent) =>
    parent.modules.flatMap((module) => {
      const session = Object.values(sessions).findLast(
        (each) =>
          each.phase === parent.id &&
          each.module === module.slug &&
          each.role === 'implementation-executor' &&
          each.outcome === 'reported',
      )
      const built = session?.report?.['built']
      return typeof built === 'string' && built !== ''
        ? [{ of: `phase ${parent.id}, ${module.slug}`, text: built }]
        : []
    }),
  )
}

async function bought(module: Module, done: Extract<WorkOutcome, { kind: 'done' }>): Promise<Performed> {
  return {
    kind: 'result',
    source: 'executed',
    commit: done.commit,
    tree: done.tree,
    details: { module: module.name, report: done.report, issues: done.issues },
    summary: done.report.split('\n', 1)[0] ?? '',
  }
}
