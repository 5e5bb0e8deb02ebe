import { changedPaths, type Oid } from '@nx-conduct/git'
import type { StepLocation } from '@nx-conduct/spec'
import type { ResultOf, StepResult } from '@nx-conduct/store'
import { outsideWorkspace } from '../agents/ownership.ts'
import { newEscapes } from '../merge/escapes.ts'
import type { RunContext } from '../run/context.ts'
import { inWorkspace } from '../run/workspace.ts'
import { readArtifact } from './artifact.ts'
import type { Refusals } from './refuse-artifact.ts'

/**
 * What Nx's cache brought of a step that the run log does not have: another machine made it. It is work, not evidence: the
 * step that takes it checks it as if an agent had just made it.
 */
export interface Imports {
  /**
   * The result under exactly this key; undefined when there is none that may be used. What it changes of the tree `from`, which
   * the work started from, is checked before anything of it is checked out.
   */
  find<S extends StepResult['step']>(step: S, key: string, from: Oid): Promise<ResultOf<S> | undefined>
  /** The result did not pass here. */
  refuse(why: string): Promise<void>
}

export function importsOf(
  context: Pick<RunContext, 'workspace' | 'plan' | 'run'>,
  refusals: Refusals,
  { at, isOwn }: { readonly at: StepLocation; readonly isOwn: boolean },
): Imports {
  return {
    async find(step, key, from) {
      // Nx asked this process to perform the step: what lies in its folder is not what Nx would restore.
      if (isOwn) return undefined
      const found = await readArtifact(context, { ...at, step }, key)
      if (found.kind === 'none') return undefined
      const why = found.kind === 'ignored' ? found.why : await unfit(context, step, { from, to: found.result.tree })
      if (why === undefined && found.kind === 'found') return found.result
      await refusals.refuse(at, why ?? 'it cannot be used')
      return undefined
    },
    refuse: (why) => refusals.refuse(at, why),
  }
}

/** Why a tree may not be used, whoever made it: what no agent of this machine may leave either. */
async function unfit(
  { workspace }: Pick<RunContext, 'workspace'>,
  step: StepResult['step'],
  { from, to }: { readonly from: Oid; readonly to: Oid },
): Promise<string | undefined> {
  if ((await newEscapes(workspace.repository, to, from)).length > 0) return 'it holds links that lead out of the tree'
  const changed = (await changedPaths(workspace.repository, from, to)).map(({ path }) => inWorkspace(workspace, path))
  const outside = outsideWorkspace(changed)
  if (outside.length > 0) return `it changes paths outside the workspace (${outside.join(', ')})`
  // `implement` takes the spec's folder of its base, and `integrate` writes into it.
  const isFix = step === 'test' || step === 'validate'
  const ofSpec = isFix ? changed.filter((path) => path.startsWith(`${workspace.specFolder}/`)) : []
  return ofSpec.length === 0 ? undefined : `it changes the spec's folder (${ofSpec.join(', ')})`
}
