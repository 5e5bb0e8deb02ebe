import { posix } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import { digestOf } from '@nx-conduct/spec'
import picomatch from 'picomatch'
import { isObject, objectIn } from '../run/json-object.ts'
import { readWorkspaceFile, type Workspace } from '../run/workspace.ts'
import { folderOf, isInstalled, isLockfile, type Lockfile } from './package-managers.ts'

type Trees = Pick<Workspace, 'prefix' | 'repository' | 'objects'>

/** Whether two trees ask for the same in what a lockfile is made from. Scripts of a `package.json` and the like do not count. */
export async function asksForTheSame(workspace: Trees, lockfile: Lockfile, one: Oid, other: Oid): Promise<boolean> {
  if (one === other) return true
  const [ours, theirs] = await Promise.all([one, other].map((tree) => manifestsOf(workspace, lockfile, tree)))
  if (ours === undefined || theirs === undefined || ours.join('\0') !== theirs.join('\0')) return false
  const [left, right] = await Promise.all([one, other].map((tree) => workspace.objects.blobs(tree, ours)))
  const differing = ours.filter((path) => left?.[path] !== right?.[path])
  for (const path of differing) {
    const texts = await Promise.all([one, other].map((tree) => readWorkspaceFile(workspace, tree, path)))
    const [before, after] = texts.map((text) => digestOf(whatCounts(path, text ?? '')))
    if (before !== after) return false
  }
  return true
}

/** Workspace-relative paths of the manifests in a tree that a lockfile is made from, in the tree's order. */
export async function manifestsOf(workspace: Trees, lockfile: Lockfile, tree: Oid): Promise<readonly string[]> {
  const { folder, manager } = lockfile
  const files = await workspace.objects.files(tree)
  const inside = files.filter((path) => {
    const isBelow = folder === '' || path.startsWith(`${folder}/`)
    return isBelow && manager.manifests.includes(posix.basename(path)) && !isInstalled(path)
  })
  const beside = inside.filter((path) => folderOf(path) === folder)
  if (manager.members === 'none' || inside.length === beside.length) return beside
  // A folder with a lockfile of its own is a project of its own.
  const others = files.filter((path) => isLockfile(path) && folderOf(path) !== folder).map(folderOf)
  const isOwn = (path: string) => !others.some((other) => isIn(path, other) && isIn(other, folder))
  const covered = manager.members === 'all' ? () => true : await namedIn(workspace, lockfile, tree)
  return inside.filter((path) => folderOf(path) === folder || (isOwn(path) && covered(folderOf(path))))
}

/** The folders that the manifest beside a lockfile, or the lockfile itself, names. */
async function namedIn(workspace: Trees, { path, folder }: Lockfile, tree: Oid): Promise<(folder: string) => boolean> {
  const read = (name: string) => readWorkspaceFile(workspace, tree, posix.join(folder, name))
  // Its globs are YAML; who has this file has all packages below in mind.
  if ((await read('pnpm-workspace.yaml')) !== undefined) return () => true
  const [manifest, text = ''] = await Promise.all([read('package.json'), readWorkspaceFile(workspace, tree, path)])
  const matches = globsIn(manifest).map((glob) => picomatch(glob.replace(/^\.\//, '').replace(/\/+$/, '')))
  return (member) => {
    const relative = posix.relative(folder, member)
    return matches.some((matching) => matching(relative)) || isNamed(text, relative)
  }
}

/** Whether a lockfile's text has a path as a whole: `"packages/a": {`, `packages/a:`, `a@workspace:packages/a"`. */
function isNamed(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    if (/["'\s:]/.test(text[at - 1] ?? '') && /["':]/.test(text[at + path.length] ?? '')) return true
  }
  return false
}

function globsIn(manifest: string | undefined): readonly string[] {
  const { workspaces } = objectIn(manifest ?? '') ?? {}
  const globs = isObject(workspaces) ? workspaces['packages'] : workspaces
  return Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : []
}

/** Members of a `package.json` that a lockfile or an installation depends on. */
const counting = [
  'name',
  'version',
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'optionalDependencies',
  'dependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'workspaces',
  'overrides',
  'resolutions',
  'pnpm',
  'catalog',
  'catalogs',
  'bin',
  'engines',
  'os',
  'cpu',
] as const

function whatCounts(path: string, text: string): unknown {
  const manifest = posix.basename(path) === 'package.json' ? objectIn(text) : undefined
  return manifest === undefined ? text : counting.map((name) => manifest[name] ?? null)
}

function isIn(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
