import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Folder for worktrees of one repository, outside every workspace's files: `NX_CONDUCT_HOME`, or `nx-conduct`
 * in the user's cache folder (XDG_CACHE_HOME, `~/.cache`).
 */
export function worktreeHome(env: Readonly<Record<string, string | undefined>>, commonDir: string): string {
  const cache =
    env['NX_CONDUCT_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'nx-conduct')
  const repository = createHash('sha256').update(commonDir).digest('hex').slice(0, 12)
  return join(cache, repository)
}
