import { realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { dirname } from 'node:path/posix'
import { type Oid, type Repository, readFileAt } from '@nx-conduct/git'
import { type ObjectCache, objectCache } from '../reuse/object-cache.ts'

/** The Nx workspace in its repository. Every path of the plan is relative to `root`, every path of a tree to the repository. */
export interface Workspace {
  readonly root: string
  /** Where `root` is in the repository: `apps/shop/`, or empty at the top. */
  readonly prefix: string
  /** Workspace-relative, e.g. `.spec/SPEC.md`. */
  readonly specFile: string
  readonly specFolder: string
  readonly repository: Repository
  readonly objects: ObjectCache
}

export async function openWorkspace(root: string, specFile: string, repository: Repository): Promise<Workspace> {
  const way = relative(repository.root, await realpath(root))
  const prefix = way === '' ? '' : `${way.split(sep).join('/')}/`
  const specFolder = dirname(specFile)
  return { root, prefix, specFile, specFolder, repository, objects: objectCache(repository, { prefix, specFolder }) }
}

/** A workspace-relative path as the trees of the repository have it. */
export function inRepository({ prefix }: Pick<Workspace, 'prefix'>, path: string): string {
  return `${prefix}${path}`
}

/** A path of a tree as the plan has it; a path outside the workspace as `/path`, which no glob of a plan matches. */
export function inWorkspace({ prefix }: Pick<Workspace, 'prefix'>, path: string): string {
  return path.startsWith(prefix) ? path.slice(prefix.length) : `/${path}`
}

/** The text of a workspace-relative path in a tree; undefined when no file is there. */
export function readWorkspaceFile(
  workspace: Pick<Workspace, 'prefix' | 'repository'>,
  tree: Oid,
  path: string,
): Promise<string | undefined> {
  return readFileAt(workspace.repository, tree, inRepository(workspace, path))
}
