import { changedTexts, type Oid } from '@nx-conduct/git'
import { inRepository } from '../../run/workspace.ts'
import type { GateKind, Judge } from '../gate-kind.ts'
import { type LintFinding, lintFindings } from '../lint/lint-findings.ts'
import { typedRule } from '../typed-rule.ts'

/** The lint command of the settings. `changed`: what it finds elsewhere than in lines that the phase added or changed does not count. */
interface LintRule {
  readonly command: string
  readonly scope: 'changed' | 'all'
}

const rules = typedRule<LintRule>()

export const lint: GateKind = {
  name: 'lint',
  version: 2,
  required({ plan, base }) {
    const { lint: setting } = plan.settings
    if (setting === undefined) return []
    const { command, scope } = setting
    if (scope === 'all') return [{ rule: rules.text({ command, scope }) }]
    // Without a tree to compare with there are no lines to answer for.
    return base === undefined ? [] : [{ rule: rules.text({ command, scope }), base }]
  },
  check({ rule, base }) {
    const { command, scope } = rules.parse(rule)
    return {
      kind: 'command',
      command,
      ...(scope === 'all' || base === undefined ? {} : { judge: inChangedLines(base) }),
    }
  },
  describe: (rule) => rules.parse(rule).command,
}

/** Codes by which linters end that found something. Some of them mean with others that the linter could not work: then it names no line. */
const foundSomething = new Set([1, 2, 101])

function inChangedLines(base: Oid): Judge {
  return async (workspace, tree, { exitCode, output, folder }) => {
    const findings = foundSomething.has(exitCode) ? failing(lintFindings(output, folder)) : []
    if (findings.length === 0) return output
    const paths = new Set(findings.map(({ path }) => inRepository(workspace, path)))
    const added = new Map<string, ReadonlySet<number>>()
    for await (const text of changedTexts(workspace.repository, base, tree, (path) => paths.has(path))) {
      added.set(text.path, text.added)
    }
    const own = findings.filter(({ path, line }) => added.get(inRepository(workspace, path))?.has(line))
    if (own.length === 0) return undefined
    const others = findings.length - own.length
    return [
      ...own.map(shown),
      ...(others === 0 ? [] : [`(${others} more in lines that this phase did not change)`]),
    ].join('\n')
  }
}

/** Where there are errors, it is they that the linter fails for. */
function failing(findings: readonly LintFinding[]): readonly LintFinding[] {
  const errors = findings.filter(({ text }) => !/^warning\b/i.test(text))
  return errors.length === 0 ? findings : errors
}

function shown({ path, line, text }: LintFinding): string {
  return `${path}:${line}: ${text}`
}
