import { posix } from 'node:path'
import { digestOf, lockfiles, manifests } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'

const declares = new Set<string>(manifests)
const locks = new Set<string>(lockfiles)

/**
 * Names what the spec's `setup:` makes in a checkout of a commit: a digest of the command, the environment, and every file that says
 * what to install. Undefined where there is nothing to set up: no command, or no lockfile.
 */
export async function setupKey(
  { plan, commands, workspace }: Pick<RunContext, 'plan' | 'commands' | 'workspace'>,
  commit: string,
): Promise<{ readonly command: string; readonly key: string } | 'no-lockfile' | undefined> {
  const command = plan.settings.setup
  if (command === undefined) return undefined
  const tree = await workspace.objects.treeOf(commit)
  const paths = (await workspace.objects.files(tree)).filter(decidesSetup)
  if (!paths.some((path) => locks.has(posix.basename(path)))) return 'no-lockfile'
  const contents = await workspace.objects.blobs(tree, paths)
  return { command, key: digestOf({ command, environment: commands.environment.digest, contents }) }
}

function decidesSetup(path: string): boolean {
  const name = posix.basename(path)
  return (
    locks.has(name) ||
    declares.has(name) ||
    /(?:^|\/)(?:\.yarn\/)?patches\//.test(path) ||
    /^requirements.*\.txt$/.test(name)
  )
}
