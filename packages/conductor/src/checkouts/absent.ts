import { posix } from 'node:path'
import { type Oid, readFileAt } from '@nx-conduct/git'
import type { Surroundings } from '../run/surroundings.ts'
import { readWorkspaceFile, type Workspace } from '../run/workspace.ts'

type Trees = Pick<Workspace, 'prefix' | 'repository' | 'objects'>

/** Reports what the checkouts of a commit lack, as linked worktrees do: the files of submodules and of Git LFS. */
export async function reportAbsent(
  workspace: Trees,
  { report }: Pick<Surroundings, 'report'>,
  commit: Oid,
): Promise<void> {
  const tree = await workspace.objects.treeOf(commit)
  if ((await readFileAt(workspace.repository, tree, '.gitmodules')) !== undefined) {
    report({
      type: 'notice',
      severity: 'info',
      code: 'submodules-absent',
      message: 'the folders of submodules are empty where agents work and gates run',
      hint: 'If they are needed there, fetch them with `setup:`.',
    })
  }
  if (await usesLfs(workspace, tree)) {
    report({
      type: 'notice',
      severity: 'info',
      code: 'lfs-pointers',
      message: 'agents and gates see the pointers of files in Git LFS, not their contents',
      hint: 'If the contents are needed there, fetch them with `setup:`.',
    })
  }
}

async function usesLfs(workspace: Trees, tree: Oid): Promise<boolean> {
  const files = await workspace.objects.files(tree)
  const paths = files.filter((path) => posix.basename(path) === '.gitattributes')
  const texts = await Promise.all([
    readFileAt(workspace.repository, tree, '.gitattributes'),
    ...paths.map((path) => readWorkspaceFile(workspace, tree, path)),
  ])
  return texts.some((text) => text !== undefined && /^[^#\n]*\sfilter=lfs\b/m.test(text))
}
