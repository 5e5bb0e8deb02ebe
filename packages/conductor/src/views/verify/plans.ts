import { compile, type Plan } from '@nx-conduct/spec'
import { type Json, listOf, textOf } from './json.ts'
import type { PlainGit } from './plain-git.ts'
import type { Report } from './problem.ts'
import type { Entry } from './read-log.ts'

/** A run as its plan has it. */
export interface OpenedRun {
  readonly id: string
  readonly plan: Plan
  readonly base: string
  /** Tree of `base`. */
  readonly baseTree: string | undefined
  /** Folder of the spec, from the top of the repository. */
  readonly specFolder: string
}

/** Compiles the spec that each run was opened with. A run whose plan cannot be had is reported, and left out. */
export async function readPlans(
  git: PlainGit,
  entries: readonly Entry[],
  report: Report,
): Promise<ReadonlyMap<string, OpenedRun>> {
  const runs = new Map<string, OpenedRun>()
  for (const { seq, type, body } of entries) {
    if (type !== 'run.opened') continue
    const id = textOf(body, 'run')
    const specFile = textOf(body, 'specFile')
    const commit = textOf(body, 'plan')
    const [object] = await git.objects([commit])
    const files = object?.type === 'commit' ? [...(await git.files(commit)).keys()] : []
    const text = await git.text(`${commit}:${specFile}`)
    if (text === undefined) {
      report('plan', `event ${seq} opens run ${id} with the spec ${specFile} of ${commit}, which is not there`)
      continue
    }
    if (files.length !== 1 || /^parent /m.test(object?.body.toString('utf8').split('\n\n', 1)[0] ?? '')) {
      report('plan', `event ${seq} opens run ${id} with ${commit}, which is not a commit of the spec alone`)
    }
    const plan = compile(text, { defaultName: textOf(body, 'spec') })
    if (plan.diagnostics.some(({ severity }) => severity === 'error')) {
      report('plan', `event ${seq} opens run ${id} with a spec that has errors`)
      continue
    }
    if (JSON.stringify(phasesOf(body)) !== JSON.stringify(plan.phases.map(phaseLine))) {
      report('plan', `event ${seq} opens run ${id} with other phases than its spec ${commit} has`)
    }
    const base = textOf(body, 'base')
    const specFolder = specFile.slice(0, Math.max(specFile.lastIndexOf('/'), 0))
    runs.set(id, { id, plan, base, baseTree: await git.treeOf(base), specFolder })
  }
  return runs
}

function phasesOf(opened: Json): readonly unknown[] {
  return listOf(opened, 'phases').map(({ id, slug, slice, dependsOn }) => [id, slug, slice, dependsOn])
}

function phaseLine({ id, slug, digest, dependsOn }: Plan['phases'][number]): unknown {
  return [id, slug, digest, dependsOn]
}
