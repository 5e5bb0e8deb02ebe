import { readRef, updateRef } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import { readArtifact } from '../artifact.ts'
import type { Conduct } from '../conduct.ts'
import type { Performed } from '../outcome.ts'
import { record } from '../record.ts'
import { onto } from '../run.ts'
import { phaseMessage } from './validate.ts'

export function checkpointRef(spec: string, phaseSlug: string): string {
  return `refs/conduct/${spec}/checkpoint/${phaseSlug}`
}

/** Accepts a phase: its commit gets a ref, its evidence and the acceptance an entry in the log. Idempotent. */
export async function checkpoint(conduct: Conduct, phase: Phase): Promise<Performed> {
  const artifact = await readArtifact(conduct, { step: 'validate', phase: phase.slug })
  const commit = await onto(conduct, artifact.commit, phaseMessage(phase))
  const ref = checkpointRef(conduct.plan.name, phase.slug)
  const satisfied = artifact.details['satisfied'] === true
  const state = await conduct.log.state()
  const done = Object.values(state.runs).some(
    ({ complete }) =>
      complete[phase.id]?.tree === artifact.tree &&
      complete[phase.id]?.slice === phase.digest &&
      complete[phase.id]?.environment === conduct.environment.digest,
  )
  if (!(satisfied && done) && state.runs[conduct.run.id]?.complete[phase.id]?.commit !== commit) {
    await record(
      conduct,
      {
        type: 'phase.complete',
        run: conduct.run.id,
        phase: phase.id,
        slice: phase.digest,
        commit,
        tree: artifact.tree,
        environment: conduct.environment.digest,
        gates: gatesIn(artifact.details),
        unverified: stringsIn(artifact.details['unverified']),
        satisfied,
      },
      { commits: [commit], operationId: `phase.complete:${conduct.run.id}:${phase.id}:${artifact.tree}` },
    )
  }
  const held = await readRef(conduct.repository, ref)
  if (held !== commit) {
    await updateRef(conduct.repository, ref, commit, {
      expected: held ?? null,
      reason: `conduct: phase ${phase.id} of run ${conduct.run.id}`,
    })
  }
  return {
    kind: 'result',
    source: satisfied ? 'satisfied' : 'executed',
    commit,
    tree: artifact.tree,
    details: {},
    summary: satisfied ? 'satisfied' : `${commit.slice(0, 7)} accepted`,
  }
}

function gatesIn(details: Readonly<Record<string, unknown>>): readonly RequiredGate[] {
  const { gates } = details
  return Array.isArray(gates) ? (gates as readonly RequiredGate[]) : []
}

export function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
