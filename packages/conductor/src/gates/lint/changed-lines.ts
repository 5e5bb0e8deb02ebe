import { changedTexts, type Oid } from '@nx-conduct/git'
import { inRepository, type Workspace } from '../../run/workspace.ts'
import type { LintFinding } from './lint-findings.ts'

/** What linters say of a file that they cannot read. They find nothing else in it then, and name the line where they gave up. */
const unreadable = /\bParsing error\b|\bsyntax[- ]?error\b|\binvalid-syntax\b|^E9(?:99|02)\b|^(?:error: )?parse: /i

/**
 * The findings in lines that a tree has and its base has not, a line of text each, and how many there are elsewhere. A file that cannot be
 * read counts wherever the linter says so, if the phase changed it. Paths are relative to the workspace.
 */
export async function inChangedLines(
  workspace: Workspace,
  { base, tree }: { readonly base: Oid; readonly tree: Oid },
  findings: readonly LintFinding[],
): Promise<{ readonly own: readonly string[]; readonly others: number }> {
  const paths = new Set(findings.map(({ path }) => inRepository(workspace, path)))
  const added = new Map<string, ReadonlySet<number>>()
  for await (const text of changedTexts(workspace.repository, base, tree, (path) => paths.has(path))) {
    added.set(text.path, text.added)
  }
  const own = findings.filter(({ path, line, text }) => {
    const lines = added.get(inRepository(workspace, path))
    return lines !== undefined && (lines.has(line) || unreadable.test(text.replace(/^error\s+/, '')))
  })
  return {
    own: own.map(({ path, line, text }) => `${path}:${line}: ${text}`),
    others: findings.length - own.length,
  }
}

/** As many findings as an agent is given at a time. */
const mostShown = 200

/** What an agent is given. */
export function shownFindings({ own, others }: { readonly own: readonly string[]; readonly others: number }): string {
  const rest = own.length - mostShown
  return [
    ...own.slice(0, mostShown),
    ...(rest > 0 ? [`(${rest} more in lines that this phase changed)`] : []),
    ...(others === 0 ? [] : [`(${others} more in lines that this phase did not change)`]),
  ].join('\n')
}

/** Where there are errors, it is they that a linter fails for. */
export function failing(findings: readonly LintFinding[]): readonly LintFinding[] {
  const errors = findings.filter(({ text }) => !/^warning\b/i.test(text))
  return errors.length === 0 ? findings : errors
}
