import { type Oid, withFiles } from '@nx-conduct/git'
import { gateKind } from '../../src/gates/registry.ts'
import type { RunContext } from '../../src/run/context.ts'
import { specOf } from './spec.ts'
import { Workspace } from './workspace.ts'

export type Files = Readonly<Record<string, string | undefined>>

/** Trees on which the gate `imports` is asked. */
export class ImportTrees {
  readonly context: RunContext
  readonly #workspace: Workspace

  private constructor(workspace: Workspace, context: RunContext) {
    this.#workspace = workspace
    this.context = context
  }

  static async open(): Promise<ImportTrees> {
    const workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
    return new ImportTrees(workspace, await workspace.open())
  }

  /** What the gate finds in a tree with `after`, of a phase that started from one with `before`. */
  async found(after: Files, before: Files = {}, generated: readonly string[] = []): Promise<readonly string[]> {
    const { workspace, run } = this.context
    const { repository } = workspace
    const base: Oid = await withFiles(repository, run.base.tree, before)
    const rule = JSON.stringify({ generated })
    const check = gateKind('imports').check({ gate: 'imports', version: 1, rule, base })
    if (check.kind !== 'tree') throw new Error('the gate reads the tree')
    return check.findings(workspace, await withFiles(repository, base, after))
  }

  remove(): Promise<void> {
    return this.#workspace.remove()
  }
}

export const manifest = (more: object): string =>
  JSON.stringify({ name: 'own', dependencies: { express: '1' }, ...more })
