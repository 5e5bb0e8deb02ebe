import { posix } from 'node:path'
import { changedPaths, changedTexts, type Oid } from '@nx-conduct/git'
import { folderOf, isInstalled } from '../../dependencies/package-managers.ts'
import { inRepository, inWorkspace, type Workspace } from '../../run/workspace.ts'
import type { DerivedCommand } from '../derived-command.ts'
import { inBatches } from './command-line.ts'
import { lintersIn, mayConfigure } from './configurations.ts'
import type { PlacedLinter } from './faults.ts'
import { LintCommand, sampleOf } from './lint-command.ts'
import type { LintPlace } from './linter.ts'
import { linters } from './linters.ts'
import { TreeFiles } from './tree-files.ts'

interface Group extends PlacedLinter {
  readonly paths: string[]
}

/**
 * A command for each linter and each place that has it configured, with the files there that have lines which the base has not. Where only a
 * linter's configuration changed, one file that it reads shows whether it still works. Files that were deleted, or only moved, count for nothing.
 */
export async function lintCommands(workspace: Workspace, tree: Oid, base: Oid): Promise<readonly DerivedCommand[]> {
  if (tree === base) return []
  const files = await TreeFiles.of(workspace, tree)
  const groups = new Map<string, Group>()
  const groupOf = (placed: PlacedLinter): Group => {
    const { linter, place } = placed
    const key = [linter.name, place.folder].join('\0')
    const group = groups.get(key) ?? { ...placed, paths: [] }
    groups.set(key, group)
    return group
  }
  for (const path of await changedFiles(workspace, tree, base)) {
    for (const linter of linters) {
      const place = linter.files.test(path) ? await linter.place(path, files) : undefined
      if (place !== undefined) groupOf({ linter, place, tree, files }).paths.push(path)
    }
  }
  for (const { path, ...placed } of await changedConfigurations(workspace, { tree, base, files })) {
    const group = groupOf(placed)
    if (group.paths.length === 0) group.paths.push(path)
  }
  const inOrder = linters.flatMap(({ name }) => [...groups.values()].filter(({ linter }) => linter.name === name))
  return inOrder.flatMap((group) => commandsOf(group, base))
}

function commandsOf(group: Group, base: Oid): readonly DerivedCommand[] {
  const { paths, linter } = group
  if (paths.length === 0) return []
  const batches = linter.takesFiles ? inBatches(paths) : [paths]
  return batches.map((batch) => new LintCommand(group, batch, base))
}

/** Paths, from the workspace's root, of files with lines that the base has not. What is not the project's own is left out. */
async function changedFiles(workspace: Workspace, tree: Oid, base: Oid): Promise<readonly string[]> {
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const isRead = (path: string) =>
    path.startsWith(workspace.prefix) &&
    !path.startsWith(spec) &&
    !isInstalled(path) &&
    linters.some(({ files }) => files.test(path))
  const paths: string[] = []
  for await (const { path, added } of changedTexts(workspace.repository, base, tree, isRead)) {
    if (added.size > 0) paths.push(inWorkspace(workspace, path))
  }
  return paths
}

interface Sample extends PlacedLinter {
  readonly path: string
}

/** A file for each linter whose configuration is not what it was. A module of Go is one for more than its linter. */
async function changedConfigurations(
  workspace: Workspace,
  { tree, base, files }: { readonly tree: Oid; readonly base: Oid; readonly files: TreeFiles },
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (const { path: inTree, status } of await changedPaths(workspace.repository, base, tree)) {
    const path = inWorkspace(workspace, inTree)
    const name = posix.basename(path)
    if (status === 'deleted' || !mayConfigure(name) || !files.paths.has(path) || isInstalled(path)) continue
    const names: readonly string[] = lintersIn(name, await files.text(path)).filter((each) => each !== 'go vet')
    for (const linter of linters.filter((each) => names.includes(each.name))) {
      const isPlace = ({ configuration }: LintPlace) => configuration === path
      const sample = await sampleOf({ linter, files }, folderOf(path), isPlace)
      if (sample !== undefined) samples.push({ linter, tree, files, ...sample })
    }
  }
  return samples
}
