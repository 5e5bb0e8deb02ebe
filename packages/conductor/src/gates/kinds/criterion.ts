import { lookUp } from '@nx-conduct/git'
import type { Criterion, Phase } from '@nx-conduct/spec'
import { inRepository } from '../../run/workspace.ts'
import type { Check, GateKind } from '../gate-kind.ts'
import { typedRule } from '../typed-rule.ts'
import { pathFindings } from './files.ts'
import { type Serves, servesCommand } from './serves.ts'

/** A typed criterion as a rule that can be read back. */
export type CriterionRule =
  | { readonly kind: 'path-exists'; readonly globs: readonly string[] }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'file-contains'; readonly path: string; readonly needle: string }
  | ({ readonly kind: 'serves' } & Serves)
  /** The tree's own `built.json` files name the slice. */
  | { readonly kind: 'built'; readonly slice: string }

const rules = typedRule<CriterionRule>()

/** The success criteria that a machine can check, and that the tree says which slice it holds. */
export const criterion: GateKind = {
  name: 'criterion',
  version: 2,
  required({ phase }) {
    const built: CriterionRule = { kind: 'built', slice: phase.digest }
    const required = [...phase.criteria.flatMap((each) => ruleOf(each) ?? []), built]
    return required.map((rule) => ({ rule: rules.text(rule) }))
  },
  check: ({ rule }) => checkOf(rules.parse(rule)),
  describe: (rule) => describe(rules.parse(rule)),
}

/** Whether a rule asks for what only `integrate` writes. */
export function isBuiltRule(rule: string): boolean {
  return rules.parse(rule).kind === 'built'
}

/** The criteria of a phase that no machine checks: reported, never counted as passed. */
export function unverifiedCriteria(phase: Phase): readonly string[] {
  return phase.criteria
    .filter((each) => ruleOf(each) === undefined && (each.kind !== 'tests-pass' || phase.testCommands.length === 0))
    .map(({ text }) => text)
}

function ruleOf(of: Criterion): CriterionRule | undefined {
  switch (of.kind) {
    case 'path-exists':
      return { kind: 'path-exists', globs: of.globs }
    case 'command':
      return { kind: 'command', command: of.command }
    case 'file-contains':
      return { kind: 'file-contains', path: of.path, needle: of.needle }
    case 'serves': {
      const { port, path, start } = of
      // Without a command that starts it, no machine can check it.
      if (start === undefined) return undefined
      return { kind: 'serves', port, start, ...(path === undefined ? {} : { path }) }
    }
    case 'tests-pass':
    case 'prose':
      return undefined
    default:
      return of satisfies never
  }
}

function checkOf(rule: CriterionRule): Check {
  switch (rule.kind) {
    case 'command':
      return { kind: 'command', command: rule.command }
    case 'serves':
      return { kind: 'command', command: servesCommand(rule) }
    case 'path-exists':
      return {
        kind: 'tree',
        findings: (workspace, tree) => pathFindings(workspace, tree, rule.globs, { mayBeEmpty: true }),
      }
    case 'built':
      return {
        kind: 'tree',
        findings: async ({ objects }, tree) =>
          [...(await objects.built(tree)).values()].includes(rule.slice)
            ? []
            : [`no built.json in the tree names the slice ${rule.slice}`],
      }
    case 'file-contains':
      return {
        kind: 'tree',
        async findings(workspace, tree) {
          const { repository } = workspace
          // Not the text of a link, which is where it leads.
          const found = await lookUp(repository, tree, inRepository(workspace, rule.path))
          if (found.kind === 'broken-link') return [`${rule.path} is a link to ${found.target}, and ${found.why}`]
          if (found.kind !== 'file')
            return [`${rule.path} ${found.kind === 'nothing' ? 'does not exist' : 'is no file'}`]
          const text = (await repository.objects.content('blob', found.oid)).toString('utf8')
          return text.includes(rule.needle) ? [] : [`${rule.path} does not contain "${rule.needle}"`]
        },
      }
    default:
      return rule satisfies never
  }
}

function describe(rule: CriterionRule): string {
  switch (rule.kind) {
    case 'path-exists':
      return `${rule.globs.join(', ')} exists`
    case 'command':
      return `\`${rule.command}\` exits 0`
    case 'file-contains':
      return `${rule.path} contains "${rule.needle}"`
    case 'built':
      return `built.json holds slice ${rule.slice.slice(0, 12)}`
    case 'serves':
      return `port ${rule.port}${rule.path ?? ''} answers after \`${rule.start}\``
    default:
      return rule satisfies never
  }
}
