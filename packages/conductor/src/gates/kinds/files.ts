import { basename, dirname } from 'node:path/posix'
import type { Oid } from '@nx-conduct/git'
import { lookUp } from '@nx-conduct/git'
import picomatch from 'picomatch'
import { inRepository, type Workspace } from '../../run/workspace.ts'
import type { GateKind } from '../gate-kind.ts'

/** The paths that the phase names under `Files:` are there, with something in them. */
export const files: GateKind = {
  name: 'files',
  version: 2,
  required: ({ phase }) => phase.files.map((path) => ({ rule: path })),
  check: ({ rule }) => ({
    kind: 'tree',
    findings: (workspace, tree) => pathFindings(workspace, tree, [rule], { mayBeEmpty: false }),
  }),
  describe: (rule) => rule,
}

/** Files that are there to be there. */
const emptyByNature = new Set(['__init__.py', 'py.typed', '.gitkeep', '.keep', '.nojekyll'])

/**
 * One finding per path or glob for which the tree has no file. A link counts as what it leads to, and a folder that holds a file counts.
 * What a glob matches counts if one match does.
 */
export async function pathFindings(
  workspace: Workspace,
  tree: Oid,
  wanted: readonly string[],
  { mayBeEmpty }: { readonly mayBeEmpty: boolean },
): Promise<readonly string[]> {
  const found = await Promise.all(wanted.map((pattern) => findingOf(workspace, tree, pattern, mayBeEmpty)))
  return found.filter((finding) => finding !== undefined)
}

async function findingOf(
  workspace: Workspace,
  tree: Oid,
  pattern: string,
  mayBeEmpty: boolean,
): Promise<string | undefined> {
  const plain = pattern.replace(/^\.\//, '').replace(/\/$/, '')
  // A name may look like a glob: `[id].tsx`.
  const asName = await faultOf(workspace, tree, plain, mayBeEmpty)
  if (asName === undefined || !picomatch.scan(plain).isGlob) return asName
  const isMatch = picomatch(plain, { dot: true })
  let firstFault: string | undefined
  for (const path of withFolders(await workspace.objects.files(tree))) {
    if (!isMatch(path)) continue
    const fault = await faultOf(workspace, tree, path, mayBeEmpty)
    if (fault === undefined) return undefined
    firstFault ??= fault
  }
  return firstFault ?? `nothing in the tree matches ${pattern}`
}

/** The paths and the folders that they are in. */
function withFolders(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths)
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '.' && !all.has(folder); folder = dirname(folder)) all.add(folder)
  }
  return all
}

async function faultOf(
  workspace: Workspace,
  tree: Oid,
  path: string,
  mayBeEmpty: boolean,
): Promise<string | undefined> {
  const { repository } = workspace
  const found = await lookUp(repository, tree, inRepository(workspace, path))
  switch (found.kind) {
    case 'nothing':
      return `${path} does not exist: nobody wrote it, or a .gitignore hides it`
    case 'broken-link':
      return `${path} is a link to ${found.target}, and ${found.why}`
    case 'submodule':
    case 'folder':
      return undefined
    case 'file':
      return mayBeEmpty || emptyByNature.has(basename(path)) || !(await isEmpty(repository, found.oid))
        ? undefined
        : `${path} is empty`
    default:
      return found satisfies never
  }
}

/** Larger files are not read: they are not blank. */
const mostBlankBytes = 1024

/** Whether nothing but white space is in a file. */
async function isEmpty({ objects }: Workspace['repository'], oid: Oid): Promise<boolean> {
  const size = (await objects.info(oid))?.size ?? 0
  return size <= mostBlankBytes && (await objects.content('blob', oid)).toString('utf8').trim() === ''
}
