import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { treeBytes } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
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
  const hint = 'Free some space, or set NX_CONDUCT_HOME to a folder on another disk'
  if (free < needed) return [{ check: 'disk', severity: 'error', message, hint }]
  if (free < 2 * needed) return [{ check: 'disk', severity: 'warning', message, hint }]
  return [{ check: 'disk', severity: 'ok', message }]
}

/** The folder is made by the first step that needs it. */
async function freeBytes(folder: string): Promise<number> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at)
      return bavail * bsize
    } catch (error) {
      if (dirname(at) === at || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
