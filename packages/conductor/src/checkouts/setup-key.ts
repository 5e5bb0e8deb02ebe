import { posix } from 'node:path'
import { digestOf, lockfiles, manifests } from '@nx-conduct/spec'
import { matcherOf } from '../agents/ownership.ts'
import type { RunContext } from '../run/context.ts'
import { inWorkspace } from '../run/workspace.ts'
import type { KeyedSetup } from './setup-layer.ts'

const declares = new Set<string>(manifests)
const locks = new Set<string>(lockfiles)

/** Further settings of package managers, and pinned versions. Unlike with a manifest, no lockfile changes with them. */
const settings = new Set([
  '.pnpmfile.mjs',
  'rush.json',
  '.python-version',
  '.go-version',
  '.java-version',
  '.sdkmanrc',
  'mise.toml',
  '.mise.toml',
  'rust-toolchain',
  'go.work.sum',
  'deno.jsonc',
  'mix.exs',
  'gems.rb',
  'gems.locked',
  'pip.conf',
  'poetry.toml',
  'pdm.toml',
  'uv.toml',
  'environment.yml',
  'auth.json',
])

/** Names of which only a part is fixed, and what whole folders of package managers hold. */
const patterns = [
  /(?:^|\/)(?:\.yarn\/)?patches\//,
  /(?:^|\/)\.yarn\/(?:plugins|releases)\//,
  /(?:^|\/)\.(?:cargo|bundle)\/config(?:\.toml)?$/,
  /(?:^|\/)(?:requirements|constraints)[^/]*\.(?:txt|in)$/,
  /(?:^|\/)requirements\/[^/]+\.(?:txt|in)$/,
  /\.(?:patch|gemspec)$/,
]

/**
 * Names what the spec's `setup:` makes in a checkout of a commit: a digest of the command, the environment, every file that says
 * what to install, and the inputs that the spec declares. It is the same in every run. Undefined where there is nothing to set up: no command, or neither a
 * lockfile nor a declared input.
 */
export async function setupKey(
  { plan, commands, workspace }: Pick<RunContext, 'plan' | 'commands' | 'workspace'>,
  commit: string,
): Promise<KeyedSetup | 'no-lockfile' | undefined> {
  const { setup: command, setupInputs } = plan.settings
  if (command === undefined) return undefined
  const matchers = setupInputs.map(matcherOf)
  const isInput = (path: string) => matchers.some((matches) => matches(inWorkspace(workspace, path)))
  const tree = await workspace.objects.treeOf(commit)
  const paths = (await workspace.objects.files(tree)).filter((path) => decidesSetup(path) || isInput(path))
  if (!paths.some((path) => locks.has(posix.basename(path)) || isInput(path))) return 'no-lockfile'
  const contents = await workspace.objects.blobs(tree, paths)
  // Another workspace of the repository runs the command in another folder.
  return {
    command,
    key: digestOf({ command, folder: workspace.prefix, environment: commands.environment.digest, contents }),
  }
}

function decidesSetup(path: string): boolean {
  const name = posix.basename(path)
  return locks.has(name) || declares.has(name) || settings.has(name) || patterns.some((pattern) => pattern.test(path))
}
