import { posix } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import { shellWord } from '@nx-conduct/spec'
import { readWorkspaceFile, type Workspace } from '../run/workspace.ts'

/** A package manager, as far as its lockfile goes. */
export interface PackageManager {
  readonly name: string
  readonly language: 'node' | 'python' | 'rust' | 'php' | 'ruby' | 'elixir' | 'deno' | 'go'
  /** Names of the files that say what its lockfile has to hold. */
  readonly manifests: readonly string[]
  /** Which folders below the lockfile's it covers: those that a manifest or the lockfile names, all, or none. */
  readonly members: 'named' | 'all' | 'none'
  /** Makes the lockfile agree with the manifests, installs nothing and runs no scripts. Absent where there is no such command. */
  readonly lock?: string
  /** Installs exactly what the lockfile names. Absent where its commands fetch what they need on their own. */
  readonly install?: string
}

const npm: PackageManager = {
  name: 'npm',
  language: 'node',
  manifests: ['package.json', '.npmrc'],
  members: 'named',
  lock: 'npm install --package-lock-only --ignore-scripts --no-audit --no-fund',
  install: 'npm ci',
}

const bun: PackageManager = {
  name: 'bun',
  language: 'node',
  manifests: ['package.json', '.npmrc', 'bunfig.toml'],
  members: 'named',
  lock: 'bun install --lockfile-only --ignore-scripts',
  install: 'bun install --frozen-lockfile',
}

const yarn: PackageManager = {
  name: 'yarn',
  language: 'node',
  manifests: ['package.json', '.yarnrc.yml'],
  members: 'named',
  lock: 'yarn install --mode=update-lockfile',
  install: 'yarn install --immutable',
}

/** Its only command that writes the lockfile installs as well. */
const yarnClassic: PackageManager = {
  name: 'yarn 1',
  language: 'node',
  manifests: ['package.json', '.npmrc', '.yarnrc'],
  members: 'named',
  install: 'yarn install --frozen-lockfile',
}

/** By the name of the lockfile. */
const packageManagers: Readonly<Record<string, PackageManager>> = {
  'package-lock.json': npm,
  'npm-shrinkwrap.json': npm,
  'pnpm-lock.yaml': {
    name: 'pnpm',
    language: 'node',
    manifests: ['package.json', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.npmrc'],
    members: 'named',
    lock: 'pnpm install --lockfile-only --ignore-scripts',
    install: 'pnpm install --frozen-lockfile',
  },
  'yarn.lock': yarn,
  'bun.lock': bun,
  'bun.lockb': bun,
  'deno.lock': { name: 'deno', language: 'deno', manifests: ['deno.json'], members: 'none' },
  'go.sum': { name: 'go', language: 'go', manifests: ['go.mod'], members: 'none' },
  'Cargo.lock': {
    name: 'cargo',
    language: 'rust',
    manifests: ['Cargo.toml'],
    members: 'all',
    // `generate-lockfile` would raise every version.
    lock: 'cargo update --workspace',
  },
  'uv.lock': {
    name: 'uv',
    language: 'python',
    manifests: ['pyproject.toml'],
    members: 'all',
    lock: 'uv lock',
    install: 'uv sync --locked',
  },
  'poetry.lock': {
    name: 'poetry',
    language: 'python',
    manifests: ['pyproject.toml'],
    members: 'none',
    lock: 'poetry lock',
    install: 'poetry install',
  },
  'pdm.lock': {
    name: 'pdm',
    language: 'python',
    manifests: ['pyproject.toml'],
    members: 'none',
    install: 'pdm sync',
  },
  'Pipfile.lock': {
    name: 'pipenv',
    language: 'python',
    manifests: ['Pipfile'],
    members: 'none',
    install: 'pipenv sync --dev',
  },
  'requirements.txt': {
    name: 'pip',
    language: 'python',
    manifests: [],
    members: 'none',
    install: 'pip install -r requirements.txt',
  },
  'Gemfile.lock': {
    name: 'bundler',
    language: 'ruby',
    manifests: ['Gemfile'],
    members: 'none',
    lock: 'bundle lock',
    install: 'bundle install',
  },
  'composer.lock': {
    name: 'composer',
    language: 'php',
    manifests: ['composer.json'],
    members: 'none',
    lock: 'composer update --lock --no-install --no-scripts --no-plugins',
    install: 'composer install',
  },
  'mix.lock': {
    name: 'mix',
    language: 'elixir',
    manifests: ['mix.exs'],
    members: 'none',
    install: 'mix deps.get',
  },
}

/** Whether a path is that of a lockfile whose package manager is known. */
export function isLockfile(path: string): boolean {
  return Object.hasOwn(packageManagers, posix.basename(path))
}

const manifestNames = new Set(Object.values(packageManagers).flatMap(({ manifests }) => [...manifests, '.yarnrc']))

/** Whether some package manager makes its lockfile from a file of this name. */
export function isManifest(path: string): boolean {
  return manifestNames.has(posix.basename(path))
}

/** A lockfile in a tree. `path` is relative to the workspace. */
export interface Lockfile {
  readonly path: string
  /** Folder of it, empty at the workspace's root. */
  readonly folder: string
  readonly manager: PackageManager
}

/** The lockfile at a workspace-relative path of a tree; undefined for a path of anything else. */
export async function lockfileAt(
  workspace: Pick<Workspace, 'prefix' | 'repository'>,
  tree: Oid,
  path: string,
): Promise<Lockfile | undefined> {
  const manager = isLockfile(path) ? packageManagers[posix.basename(path)] : undefined
  if (manager === undefined) return undefined
  const folder = folderOf(path)
  if (manager !== yarn) return { path, folder, manager }
  const isBerry =
    /^__metadata:/m.test((await readWorkspaceFile(workspace, tree, path)) ?? '') ||
    (await readWorkspaceFile(workspace, tree, posix.join(folder, '.yarnrc.yml'))) !== undefined
  return { path, folder, manager: isBerry ? yarn : yarnClassic }
}

/** The lockfiles of a tree whose package manager is known, those near the top first. What is in `node_modules` is not ours. */
export async function lockfilesIn(
  workspace: Pick<Workspace, 'prefix' | 'repository' | 'objects'>,
  tree: Oid,
): Promise<readonly Lockfile[]> {
  const paths = (await workspace.objects.files(tree)).filter((path) => isLockfile(path) && !isInstalled(path))
  const found = await Promise.all(paths.map((path) => lockfileAt(workspace, tree, path)))
  return found.filter((lockfile) => lockfile !== undefined).sort((a, b) => depthOf(a.path) - depthOf(b.path))
}

/** Folder of a path, empty at the top. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}

export function isInstalled(path: string): boolean {
  return /(?:^|\/)(?:node_modules|vendor|\.venv)\//.test(path)
}

/** A command as it is typed at the workspace's root. */
export function inFolder({ folder }: Pick<Lockfile, 'folder'>, command: string): string {
  return folder === '' ? command : `cd ${shellWord(folder)} && ${command}`
}

function depthOf(path: string): number {
  return path.split('/').length
}
