import type { LinterName } from './configurations.ts'
import type { LintFinding } from './lint-findings.ts'
import type { TreeFiles } from './tree-files.ts'

/** How a project's linter is found, started and read. A further one is a file in `linters/` and a line in `linters.ts`. */
export interface Linter {
  readonly name: LinterName
  readonly program: string
  /** What has the program: its package on npm or PyPI, or a toolchain on PATH. */
  readonly from: { readonly kind: 'npm' | 'pypi'; readonly package: string } | { readonly kind: 'toolchain' }
  /** Files that it may read, by their paths. */
  readonly files: RegExp
  /** Where it runs for a file, and what asks for it; undefined where nothing does. */
  place(file: string, tree: TreeFiles): Promise<LintPlace | undefined>
  /** What follows the program on the command line, safe for a shell. `files`: from where it runs; undefined for a linter of whole projects. */
  readonly arguments: string
  /** Whether it is given the changed files; otherwise it reads all that is below where it runs. */
  readonly takesFiles: boolean
  /** The exit codes by which it ends that found something. It may end by them for other reasons: then it names no file and line. */
  readonly foundCodes: readonly number[]
  /** Exit codes of one that had nothing to read. */
  readonly nothingCodes?: readonly number[]
  /** Reads what it found; nothing of what it says about its own configuration. `folder`: see `lintFindings`. */
  read(output: string, folder: string): readonly LintFinding[]
  /** Whether it says that it, or a part of it, is not installed, where a shell does not. */
  isMissing?(output: string): boolean
  /** The command that installs it, for linters that no package manager of the project brings. */
  install(configuration: string): string
}

/** Workspace-relative paths. */
export interface LintPlace {
  /** Where it runs; empty at the workspace's root. */
  readonly folder: string
  /** The file that asks for it. */
  readonly configuration: string
}
