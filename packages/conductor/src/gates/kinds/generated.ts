import { type Oid, unhiddenIn } from '@nx-conduct/git'
import type { GeneratedFiles } from '@nx-conduct/spec'
import { inRepository, inWorkspace, type Workspace } from '../../run/workspace.ts'
import type { GateKind, Inspect } from '../gate-kind.ts'
import { type FilesOnDisk, matcher, readFilesOnDisk } from '../generated/files-on-disk.ts'
import { typedRule } from '../typed-rule.ts'
import { pathFindings } from './files.ts'

/** `there`: the tree has files that the globs match. `equal`: the command leaves them as they are in the tree. */
export interface GeneratedRule extends GeneratedFiles {
  readonly holds: 'there' | 'equal'
}

const rules = typedRule<GeneratedRule>()

/** What the phase names under `Generated:` is in the tree, and the command that makes it still makes the same. */
export const generated: GateKind = {
  name: 'generated',
  version: 1,
  required: ({ phase }) =>
    phase.generated.flatMap(({ globs, command }) =>
      (['there', 'equal'] as const).map((holds) => ({ rule: rules.text({ globs, command, holds }) })),
    ),
  check({ rule }) {
    const { globs, command, holds } = rules.parse(rule)
    if (holds === 'equal') return { kind: 'command', command, inspect: comparing(globs, command) }
    return {
      kind: 'tree',
      async findings(workspace, tree) {
        const missing = await Promise.all(globs.map((glob) => missingOf(workspace, tree, glob)))
        return missing
          .filter((finding) => finding !== undefined)
          .map((finding) => `${finding}: run \`${command}\` and leave what it makes in the worktree`)
      },
    }
  },
  describe(rule) {
    const { globs, command, holds } = rules.parse(rule)
    return `${globs.join(', ')} ${holds === 'there' ? 'is there' : `is what \`${command}\` makes`}`
  },
}

/** Why a glob has no file with something in it; a folder without one is none. */
async function missingOf(workspace: Workspace, tree: Oid, glob: string): Promise<string | undefined> {
  const isMatch = matcher([glob])
  let first: string | undefined
  for (const path of await workspace.objects.files(tree)) {
    if (!isMatch(path)) continue
    const [finding] = await pathFindings(workspace, tree, [path], { mayBeEmpty: false })
    if (finding === undefined) return undefined
    first ??= finding
  }
  return first ?? `nothing in the tree matches ${glob}: nobody made it, or a .gitignore hides it`
}

/**
 * Compares what the globs match on disk before the command and after it. Before it, the checkout holds exactly the tree; its own git, which the
 * command may have changed, is not asked.
 */
function comparing(globs: readonly string[], command: string): Inspect {
  return async (workspace, tree, { top, directory, setupMade }) => {
    const left = new Set(setupMade.map((path) => inWorkspace(workspace, path.replace(/\/$/, ''))))
    const read = () => readFilesOnDisk(directory, globs, left)
    const before = await read()
    return async () => {
      const after = await read()
      const added = [...after.keys()].filter((path) => !before.has(path))
      const open = await unhiddenIn(
        workspace.repository,
        { workTree: top, like: tree },
        added.map((path) => inRepository(workspace, path)),
      )
      const found = [
        ...changes(before, after),
        ...open.map((path) => `${inWorkspace(workspace, path)}: new: it is not in the tree`),
      ]
      if (found.length === 0) return undefined
      const more = found.length - mostNamed
      return [
        `\`${command}\` does not leave these files as they are in the tree. Change what they are made from, run it, and leave what it makes in the worktree:`,
        ...found.slice(0, mostNamed),
        ...(more > 0 ? [`and ${more} more`] : []),
      ].join('\n')
    }
  }
}

const mostNamed = 50

function changes(before: FilesOnDisk, after: FilesOnDisk): readonly string[] {
  return [...before].flatMap(([path, digest]) => {
    const now = after.get(path)
    if (now === digest) return []
    return [
      now === undefined
        ? `${path}: missing: the command removes it`
        : `${path}: changed: the command makes it otherwise`,
    ]
  })
}
