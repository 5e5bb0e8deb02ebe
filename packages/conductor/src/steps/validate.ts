import { commitTree, resolveCommit } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import { proveAndHeal } from '../gates/heal.ts'
import { phaseGates } from '../gates/required.ts'
import { phaseMessage } from '../merge/phase-message.ts'
import { readBase } from '../reuse/phase-base.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { readArtifact } from '../step/artifact.ts'
import { type KeyInputs, proofKey } from '../step/keys.ts'
import type { Performed } from '../step/outcome.ts'
import { once } from '../step/record-once.ts'
import { holds, rounds } from './test.ts'

/** Holds one tree against all gates of the phase; the accepted commit stands on the phase's base. */
export async function validate(conduct: Conduct, phase: Phase, keys: KeyInputs): Promise<Performed> {
  const base = await readBase(conduct, phase)
  const artifact = await readArtifact(conduct, { step: 'test', phase: phase.slug })
  const satisfied = base.satisfied && artifact.tree === base.tree
  const { gates, unverified } = phaseGates(conduct.plan, phase, satisfied ? undefined : base.tree)
  if (satisfied && holds(await conduct.log.state(), gates, base.tree, conduct.environment.digest)) {
    return {
      kind: 'result',
      source: 'satisfied',
      commit: base.commit,
      tree: base.tree,
      details: { gates, unverified, satisfied },
      summary: 'satisfied',
    }
  }
  const key = proofKey(keys, 'validate', artifact.tree, gates)
  const place = { step: 'validate', phase: phase.id } as const
  const performed = await once(conduct, { place, key }, async (lease) => {
    const used = artifact.details['rounds']
    const healed = await proveAndHeal(conduct, {
      place,
      phase,
      stepKey: key,
      gates,
      commit: artifact.commit,
      tree: artifact.tree,
      roundsUsed: typeof used === 'number' ? used : 0,
      lease,
    })
    if (healed.kind === 'escalated') {
      return { kind: 'failed', reason: 'escalated', message: healed.escalation.what, escalation: healed.escalation }
    }
    const flaky = healed.proof.reports.filter((report) => report.flaky).map(({ rule }) => rule)
    return {
      kind: 'result',
      source: satisfied && healed.tree === base.tree ? 'satisfied' : 'executed',
      commit: await acceptedCommit(conduct, phase, base, healed.tree),
      tree: healed.tree,
      details: { gates, unverified, flaky, satisfied: satisfied && healed.tree === base.tree, rounds: healed.rounds },
      summary: `${gates.length} gates hold${healed.rounds > 0 ? ` after ${rounds(healed.rounds)}` : ''}${judged(unverified.length)}`,
    }
  })
  if (performed.kind === 'failed' || performed.source !== 'known') return performed
  // The log may hold a commit on another base with an equal tree.
  if ((await resolveCommit(conduct.repository, `${performed.commit}^1`)) === base.commit) return performed
  return { ...performed, commit: await acceptedCommit(conduct, phase, base, performed.tree) }
}

/** One commit per phase: the proven tree on the phase's base. A phase that changed nothing has none of its own. */
async function acceptedCommit(
  conduct: Conduct,
  phase: Phase,
  base: { commit: string; tree: string },
  tree: string,
): Promise<string> {
  if (tree === base.tree) return base.commit
  return commitTree(conduct.repository, {
    tree,
    parents: [base.commit],
    message: phaseMessage(phase),
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
}

function judged(count: number): string {
  return count === 0 ? '' : `, ${count} ${count === 1 ? 'criterion' : 'criteria'} for people to judge`
}
