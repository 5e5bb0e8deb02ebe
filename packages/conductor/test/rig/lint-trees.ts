import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DerivedCommand } from '../../src/gates/derived-command.ts'
import { lintCommands } from '../../src/gates/lint/lint-commands.ts'
import type { RunContext } from '../../src/index.ts'
import { specWith } from './spec.ts'
import { Workspace } from './workspace.ts'

export type Files = Readonly<Record<string, string>>

export interface ChangedTree {
  readonly base?: Files
  readonly settings?: string
  /** Where the workspace is in its repository. */
  readonly folder?: string
  /** Files of the base that the tree has not. */
  readonly gone?: readonly string[]
}

export interface LintCommands {
  readonly workspace: Workspace
  readonly context: RunContext
  readonly commands: readonly DerivedCommand[]
}

/** Trees in which linters are found. A repository serves all that want the same settings. */
export class LintTrees {
  readonly #opened = new Map<string, { readonly workspace: Workspace; readonly context: RunContext }>()

  /** The linters' commands for a tree that has these files on a base that has those, and nothing else but a spec. */
  async commandsFor(
    changed: Files,
    { base = {}, settings = 'rounds: 1', folder = '', gone = [] }: ChangedTree = {},
  ): Promise<LintCommands> {
    const { workspace, context } = await this.#open(settings, folder)
    for (const name of await readdir(workspace.root)) {
      if (name !== '.git' && name !== '.spec') await rm(join(workspace.root, name), { recursive: true })
    }
    const treeOf = async (files: Files) => {
      await workspace.write(files)
      return workspace.git('-c', 'alias.tree=!git add --all --force && git write-tree', 'tree')
    }
    const before = await treeOf(base)
    for (const path of gone) await rm(join(workspace.root, path))
    const tree = await treeOf(changed)
    return { workspace, context, commands: await lintCommands(context.workspace, tree, before) }
  }

  async #open(settings: string, folder: string) {
    const key = `${settings}\0${folder}`
    const earlier = this.#opened.get(key)
    if (earlier !== undefined) return earlier
    const workspace = await Workspace.with({ spec: specWith(settings, ['One', '- a']), folder })
    const opened = { workspace, context: await workspace.open() }
    this.#opened.set(key, opened)
    return opened
  }

  async remove(): Promise<void> {
    for (const { workspace } of this.#opened.values()) await workspace.remove()
  }
}
