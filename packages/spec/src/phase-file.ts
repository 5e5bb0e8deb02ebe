import { sliceOf } from './digest.ts'
import type { Phase } from './plan.ts'

/**
 * The text of a phase's `phase.json` (see `phaseFile`): the compiled slice, as JSON that reads well in a diff. `nx sync` writes it into the
 * workspace, and a run into its result, byte for byte the same.
 */
export function phaseFileText(phase: Phase): string {
  const { id, digest, dependsOn } = phase
  return `${JSON.stringify({ version: 1, id, digest, dependsOn, slice: sliceOf(phase) }, null, 2)}\n`
}
