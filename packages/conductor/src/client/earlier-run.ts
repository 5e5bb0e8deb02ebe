import { treeOf } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'

/** How a run stands towards HEAD and the spec as they are now. */
export type RunStanding =
  /** It is the run that goes on from here. */
  | 'current'
  /** HEAD moved, or the spec's text changed: another run goes on, and takes this one's work along. */
  | 'superseded'
  | 'finalized'

/** A context in which another run of the same spec can be looked at; the same context where it is its own. Undefined for an unknown run. */
export async function asRun(
  context: RunContext,
  id: string,
): Promise<{ readonly context: RunContext; readonly standing: RunStanding } | undefined> {
  const record = (await context.log.state()).runs[id]
  if (record === undefined) return undefined
  if (id === context.run.id) return { context, standing: 'current' }
  const { base, branch } = record.opened
  const run = {
    id,
    base: { commit: base, tree: await treeOf(context.workspace.repository, base) },
    ...(branch === undefined ? {} : { branch }),
    specCommitted: context.run.specCommitted,
    resumed: true,
    open: async () => undefined,
  }
  return { context: { ...context, run }, standing: record.status === 'finalized' ? 'finalized' : 'superseded' }
}
