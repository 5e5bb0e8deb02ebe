import type { Phase } from '@nx-conduct/spec'
import { evidenceKey, type RequiredGate, type RunState } from '@nx-conduct/store'
import { proveAndHeal } from '../gates/heal.ts'
import { testGates } from '../gates/required.ts'
import type { Conduct } from '../run/conduct.ts'
import { type Artifact, readArtifact } from '../step/artifact.ts'
import { type KeyInputs, proofKey } from '../step/keys.ts'
import type { Performed } from '../step/outcome.ts'
import { once } from '../step/record-once.ts'

/** Runs the phase's test commands on the integrated tree and has what fails mended. */
export async function test(conduct: Conduct, phase: Phase, keys: KeyInputs): Promise<Performed> {
  const artifact = await readArtifact(conduct, { step: 'integrate', phase: phase.slug })
  const gates = testGates(phase)
  const proven = await provenBefore(conduct, artifact, gates)
  if (proven) return proven
  const key = proofKey(keys, 'test', artifact.tree, gates)
  const place = { step: 'test', phase: phase.id } as const
  return once(conduct, { place, key }, async (lease) => {
    if (gates.length === 0) {
      conduct.report({
        type: 'notice',
        severity: 'warning',
        code: 'no-test-command',
        message: `phase ${phase.id} names no test command: nothing runs its code`,
        hint: 'Add `Test Command: …` to the phase.',
      })
    }
    const healed = await proveAndHeal(conduct, {
      place,
      phase,
      stepKey: key,
      gates,
      commit: artifact.commit,
      tree: artifact.tree,
      roundsUsed: 0,
      lease,
    })
    if (healed.kind === 'escalated') {
      return { kind: 'failed', reason: 'escalated', message: healed.escalation.what, escalation: healed.escalation }
    }
    return {
      kind: 'result',
      source: 'executed',
      commit: healed.commit,
      tree: healed.tree,
      details: { rounds: healed.rounds, attempts: healed.attempts },
      summary:
        gates.length === 0
          ? 'no test command'
          : healed.rounds === 0
            ? 'passed'
            : `passed after ${rounds(healed.rounds)}`,
    }
  })
}

/** A satisfied phase whose gates all hold by evidence needs nothing, not even an entry in the log. */
export async function provenBefore(
  conduct: Conduct,
  artifact: Artifact,
  gates: readonly RequiredGate[],
): Promise<Performed | undefined> {
  if (artifact.source !== 'satisfied') return undefined
  if (!holds(await conduct.log.state(), gates, artifact.tree, conduct.environment.digest)) return undefined
  return {
    kind: 'result',
    source: 'satisfied',
    commit: artifact.commit,
    tree: artifact.tree,
    details: {},
    summary: 'satisfied',
  }
}

export function holds(state: RunState, gates: readonly RequiredGate[], tree: string, environment: string): boolean {
  return gates.every((gate) => state.evidence[evidenceKey({ ...gate, tree, environment })]?.outcome === 'passed')
}

export function rounds(count: number): string {
  return count === 1 ? '1 fix' : `${count} fixes`
}
