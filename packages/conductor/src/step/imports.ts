import type { StepLocation } from '@nx-conduct/spec'
import type { ResultOf, StepResult } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { readArtifact } from './artifact.ts'
import type { Refusals } from './refuse-artifact.ts'

/**
 * What Nx's cache brought of a step that the run log does not have: another machine made it. It is work, not evidence: the
 * step that takes it checks it as if an agent had just made it.
 */
export interface Imports {
  /** The result under exactly this key; undefined when there is none that may be used. */
  find<S extends StepResult['step']>(step: S, key: string): Promise<ResultOf<S> | undefined>
  /** The result did not pass here. */
  refuse(why: string): Promise<void>
}

export function importsOf(
  context: Pick<RunContext, 'workspace' | 'plan' | 'run'>,
  refusals: Refusals,
  { at, isOwn }: { readonly at: StepLocation; readonly isOwn: boolean },
): Imports {
  return {
    async find(step, key) {
      // Nx asked this process to perform the step: what lies in its folder is not what Nx would restore.
      if (isOwn) return undefined
      const found = await readArtifact(context, { ...at, step }, key)
      if (found.kind === 'found') return found.result
      if (found.kind === 'ignored') await refusals.refuse(at, found.why)
      return undefined
    },
    refuse: (why) => refusals.refuse(at, why),
  }
}
