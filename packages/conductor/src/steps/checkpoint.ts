import { type Oid, readRef, updateRef } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import type { Conduct } from '../run/conduct.ts'
import { onto } from '../run/find-run.ts'
import { type Artifact, readArtifact } from '../step/artifact.ts'
import type { Performed } from '../step/outcome.ts'
import { record } from '../step/record.ts'

export function checkpointRef(spec: string, phaseSlug: string): string {
  return `refs/conduct/${spec}/checkpoint/${phaseSlug}`
}

/**
 * Accepts a phase: its commit gets a ref, its evidence and the acceptance an entry in the log. Idempotent. A satisfied
 * phase keeps the ref of the commit that built it, and a run that did nothing writes nothing.
 */
export async function checkpoint(conduct: Conduct, phase: Phase): Promise<Performed> {
  const artifact = await readArtifact(conduct, { step: 'validate', phase: phase.slug })
  const satisfied = artifact.details['satisfied'] === true
  const commit = await onto(conduct, artifact.commit)
  const run = (await conduct.log.state()).runs[conduct.run.id]
  if (satisfied && !run) return { ...outcome, source: 'satisfied', commit, tree: artifact.tree, summary: 'satisfied' }
  await accept(conduct, phase, artifact, commit)
  if (satisfied) return { ...outcome, source: 'satisfied', commit, tree: artifact.tree, summary: 'satisfied' }
  const ref = checkpointRef(conduct.plan.name, phase.slug)
  const held = await readRef(conduct.repository, ref)
  if (held !== commit) {
    await updateRef(conduct.repository, ref, commit, {
      expected: held ?? null,
      reason: `conduct: phase ${phase.id} of run ${conduct.run.id}`,
    })
  }
  return { ...outcome, source: 'executed', commit, tree: artifact.tree, summary: `${commit.slice(0, 7)} accepted` }
}

const outcome = { kind: 'result', details: {} } as const

/** Satisfied phases that were passed before the run had anything to write down get their entry with its end. */
export async function acceptSatisfied(conduct: Conduct): Promise<void> {
  const run = (await conduct.log.state()).runs[conduct.run.id]
  for (const phase of conduct.plan.phases) {
    if (run?.complete[phase.id]) continue
    const artifact = await readArtifact(conduct, { step: 'validate', phase: phase.slug })
    await accept(conduct, phase, artifact, await onto(conduct, artifact.commit))
  }
}

async function accept(conduct: Conduct, phase: Phase, artifact: Artifact, commit: Oid): Promise<void> {
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
      satisfied: artifact.details['satisfied'] === true,
    },
    {
      commits: [commit],
      operationId: `phase.complete:${conduct.run.id}:${phase.id}:${artifact.tree}:${artifact.epoch}`,
    },
  )
}

function gatesIn(details: Readonly<Record<string, unknown>>): readonly RequiredGate[] {
  const { gates } = details
  return Array.isArray(gates) ? (gates as readonly RequiredGate[]) : []
}

export function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
