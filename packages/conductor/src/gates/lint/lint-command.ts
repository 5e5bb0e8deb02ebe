import { posix } from 'node:path'
import { type Oid, withFiles } from '@nx-conduct/git'
import { decisiveLines } from '../../checkouts/decisive-lines.ts'
import { folderOf, isInstalled } from '../../dependencies/package-managers.ts'
import { inRepository, readWorkspaceFile } from '../../run/workspace.ts'
import type { CheckoutFolder, DerivedCommand, DerivingContext, EndedCommand, Verdict } from '../derived-command.ts'
import type { EnvironmentFault } from '../environment-fault.ts'
import { failing, inChangedLines, shownFindings } from './changed-lines.ts'
import { commandLine } from './command-line.ts'
import { brokenLinter, missingLinter, type PlacedLinter, slowLinter, unreadLinter } from './faults.ts'
import type { LintFinding } from './lint-findings.ts'
import type { LintPlace } from './linter.ts'
import { programOf } from './program.ts'
import { isWithin, TreeFiles } from './tree-files.ts'

/** Runs a linter on files of a tree. Fails for what it finds in lines that the tree has and its base has not. */
export class LintCommand implements DerivedCommand {
  readonly name: string
  readonly #placed: PlacedLinter
  readonly #paths: readonly string[]
  readonly #base: Oid

  /** `paths`: of the files, from the workspace's root. */
  constructor(placed: PlacedLinter, paths: readonly string[], base: Oid) {
    const { linter, place } = placed
    this.name = place.folder === '' ? linter.name : `${linter.name} in ${place.folder}`
    this.#placed = placed
    this.#paths = paths
    this.#base = base
  }

  async command(context: DerivingContext, checkout: CheckoutFolder): Promise<string | EnvironmentFault> {
    const { linter, place, files } = this.#placed
    const program = await programOf(linter, place, checkout, files)
    if (program === undefined) return missingLinter(context, this.#placed)
    const paths = this.#paths.map((path) => posix.relative(place.folder, path))
    return commandLine(linter, place, program, paths)
  }

  async judge(context: DerivingContext, ended: EndedCommand): Promise<Verdict> {
    const { linter } = this.#placed
    const { exitCode, output: printed, isCut, timedOutMs } = ended
    const output = printed.length > mostWhole ? decisiveLines(printed) : printed.trim()
    if (timedOutMs !== undefined) return { kind: 'fault', output, fault: slowLinter(context, this.#placed, timedOutMs) }
    if (exitCode !== undefined && linter.nothingCodes?.includes(exitCode)) return { kind: 'passed' }
    if ((exitCode === 127 && isNotFound(printed, linter.program)) || linter.isMissing?.(printed)) {
      return { kind: 'fault', output, fault: await missingLinter(context, this.#placed) }
    }
    const findings = exitCode !== undefined && linter.foundCodes.includes(exitCode) ? this.#findings(ended) : []
    if (findings.length === 0) {
      return { kind: 'unable', output, ifBefore: brokenLinter(context, this.#placed, reasonIn(printed)) }
    }
    const { tree } = this.#placed
    const judged = await inChangedLines(context.workspace, { base: this.#base, tree }, failing(findings))
    if (judged.own.length > 0) return { kind: 'failed', output: shownFindings(judged) }
    return isCut ? { kind: 'fault', output, fault: unreadLinter(context, this.#placed) } : { kind: 'passed' }
  }

  async before(
    workspace: DerivingContext['workspace'],
  ): Promise<{ readonly tree: Oid; readonly command: DerivedCommand } | undefined> {
    const { linter, place } = this.#placed
    const base = await TreeFiles.of(workspace, this.#base)
    const isPlace = (each: LintPlace | undefined) => each?.folder === place.folder
    const isRead = async (path: string) => base.paths.has(path) && isPlace(await linter.place(path, base))
    const paths: string[] = []
    for (const path of this.#paths) if (await isRead(path)) paths.push(path)
    const sample = paths[0] ?? (await sampleOf({ linter, files: base }, place.folder, isPlace))?.path
    if (sample !== undefined) return this.#on(this.#base, base, paths.length > 0 ? paths : [sample])
    // It reads nothing there: one file of the phase shows whether it could have worked.
    const [own] = this.#paths
    const text = own === undefined ? undefined : await readWorkspaceFile(workspace, this.#placed.tree, own)
    if (own === undefined || text === undefined) return undefined
    const tree = await withFiles(workspace.repository, this.#base, { [inRepository(workspace, own)]: text })
    const files = await TreeFiles.of(workspace, tree)
    return isPlace(await linter.place(own, files)) ? this.#on(tree, files, [own]) : undefined
  }

  #on(tree: Oid, files: TreeFiles, paths: readonly string[]): { readonly tree: Oid; readonly command: DerivedCommand } {
    const { linter, place } = this.#placed
    return { tree, command: new LintCommand({ linter, place, tree, files }, paths, tree) }
  }

  /** What it found in files of the tree, by their paths from the workspace's root. */
  #findings({ output, folder }: EndedCommand): readonly LintFinding[] {
    const { linter, place, files } = this.#placed
    // Linters write whole paths, paths from where they run, or from where their configuration is.
    const tops = [place.folder, folderOf(place.configuration), '']
    return linter.read(output, folder).flatMap((finding) => {
      const path = tops.map((top) => posix.join(top, finding.path)).find((each) => files.paths.has(each))
      return path === undefined ? [] : [{ ...finding, path }]
    })
  }
}

/** The most files that are tried out as an example. */
const mostTried = 200

/** A file in a folder that a linter reads, and where it runs for it; undefined where there is none. */
export async function sampleOf(
  { linter, files }: Pick<PlacedLinter, 'linter' | 'files'>,
  folder: string,
  isWanted: (place: LintPlace) => boolean,
): Promise<{ readonly path: string; readonly place: LintPlace } | undefined> {
  const candidates = [...files.paths].filter(
    (path) => isWithin(folderOf(path), folder) && linter.files.test(path) && !isInstalled(path),
  )
  for (const path of candidates.slice(0, mostTried)) {
    const place = await linter.place(path, files)
    if (place !== undefined && isWanted(place)) return { path, place }
  }
  return undefined
}

function isNotFound(output: string, program: string): boolean {
  return output.includes(`${program}: command not found`)
}

/** Characters of an output that is passed on as it is. */
const mostWhole = 4_000

const tellsReason =
  /\b(?:cannot|can't|could not|couldn't|unknown|invalid|unexpected|unsupported|missing|expected|errors?|failed to|no required)\b/i

/** The line of a failure that says most by itself. */
function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^[\s×✖|]+/, '').trim())
  return lines.find((line) => tellsReason.test(line)) ?? lines.find((line) => line !== '') ?? ''
}
