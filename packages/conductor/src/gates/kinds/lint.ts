import type { Oid } from '@nx-conduct/git'
import type { GateKind, Judge } from '../gate-kind.ts'
import { failing, inChangedLines, shownFindings } from '../lint/changed-lines.ts'
import { lintCommands } from '../lint/lint-commands.ts'
import { lintFindings } from '../lint/lint-findings.ts'
import { typedRule } from '../typed-rule.ts'

/**
 * The lint command of the settings, or the linters that the tree has a configuration for. `changed`: what is found elsewhere than in lines
 * that the phase added or changed does not count.
 */
type LintRule =
  | { readonly command: string; readonly scope: 'changed' | 'all' }
  | { readonly linters: 'configured'; readonly scope: 'changed' }

const rules = typedRule<LintRule>()

/** As much of what a linter prints is read. What it found in a project before comes with what it found in a phase. */
const lintOutputBytes = 8 * 1024 * 1024

export const lint: GateKind = {
  name: 'lint',
  version: 3,
  required({ plan, base }) {
    const { lint: setting } = plan.settings
    if (setting === 'none') return []
    const rule: LintRule = setting ?? { linters: 'configured', scope: 'changed' }
    if (rule.scope === 'all') return [{ rule: rules.text(rule) }]
    // Without a tree to compare with there are no lines to answer for.
    return base === undefined ? [] : [{ rule: rules.text(rule), base }]
  },
  check({ rule: text, base }) {
    const rule = rules.parse(text)
    if ('command' in rule) {
      const { command, scope } = rule
      if (scope === 'all' || base === undefined) return { kind: 'command', command }
      return { kind: 'command', command, keepBytes: lintOutputBytes, judge: countingChanged(base) }
    }
    return {
      kind: 'derived',
      keepBytes: lintOutputBytes,
      commands(workspace, tree) {
        if (base === undefined) throw new Error('the gate lint needs the tree that the phase started from')
        return lintCommands(workspace, tree, base)
      },
    }
  },
  describe(text) {
    const rule = rules.parse(text)
    return 'command' in rule ? rule.command : "the project's linters"
  },
}

/** Codes by which linters end that found something. Some of them mean with others that the linter could not work: then it names no line. */
const foundSomething = new Set([1, 2, 101])

function countingChanged(base: Oid): Judge {
  return async (workspace, tree, { exitCode, output, isCut, folder }) => {
    const findings = foundSomething.has(exitCode) ? failing(lintFindings(output, folder)) : []
    if (findings.length === 0) return ends(output)
    const judged = await inChangedLines(workspace, { base, tree }, findings)
    if (judged.own.length > 0) return shownFindings(judged)
    return isCut
      ? `it prints more than is read, and may have found something in changed lines:\n${ends(output)}`
      : undefined
  }
}

/** Characters of a long output that an agent is given of either end. */
const endCharacters = 32 * 1024

function ends(output: string): string {
  if (output.length <= 2 * endCharacters) return output
  return `${output.slice(0, endCharacters)}\n[…]\n${output.slice(-endCharacters)}`
}
