import { treeBytes } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import { freeBytes, makeRoom } from '../checkouts/free-space.ts'
import type { RunContext } from '../run/context.ts'
import { formatBytes } from '../views/text/figures.ts'
import type { Finding } from './finding.ts'

/** Whether the checkouts fit: one per module of the widest phase, and one for gates. What setups install is not known before. */
export async function checkDisk(
  { run, workspace, checkouts }: Pick<RunContext, 'run' | 'workspace' | 'checkouts'>,
  phases: readonly Phase[],
): Promise<readonly Finding[]> {
  if (phases.length === 0) return []
  const count = Math.max(...phases.map(({ modules }) => modules.length)) + 1
  const needed = count * (await treeBytes(workspace.repository, run.base.tree))
  const free = await freeBytes(checkouts.folder)
  const message = `${count} checkouts need ${formatBytes(needed)} in ${checkouts.folder}, ${formatBytes(free)} are free`
  if (free < needed) return [{ check: 'disk', severity: 'error', message, hint: makeRoom }]
  if (free < 2 * needed) return [{ check: 'disk', severity: 'warning', message, hint: makeRoom }]
  return [{ check: 'disk', severity: 'ok', message }]
}
