import { listFiles, type Oid } from '@nx-conduct/git'
import { type Allowance, ancestorsOf } from '@nx-conduct/spec'
import { inRepository, inWorkspace, type Workspace } from '../../run/workspace.ts'
import type { GateKind } from '../gate-kind.ts'
import { matcher } from '../generated/files-on-disk.ts'
import { findUnresolved } from '../imports/find-unresolved.ts'
import { SourceTree } from '../imports/source-tree.ts'
import { typedRule } from '../typed-rule.ts'

/** `generated`: what the spec has generated counts as there. Another gate requires it. */
interface ImportsRule {
  readonly generated: readonly string[]
}

const rules = typedRule<ImportsRule>()

/** What a phase may say under `Allow:` to be spared. */
const allowed = 'unresolved-imports' satisfies Allowance

/** What the phase imports is there or declared, and it took nothing away that is still imported. */
export const imports: GateKind = {
  name: 'imports',
  version: 1,
  required({ plan, phase, base }) {
    if (base === undefined || phase.allow.includes(allowed)) return []
    const phases = [...ancestorsOf(plan, phase.id), phase]
    const generated = phases.flatMap((each) => each.generated.flatMap(({ globs }) => globs))
    return [{ rule: rules.text({ generated: [...new Set(generated)] }), base }]
  },
  check: ({ rule, base }) => ({
    kind: 'tree',
    findings: (workspace, tree) => findingsOf(workspace, rules.parse(rule), base, tree),
  }),
  describe(rule) {
    const { generated } = rules.parse(rule)
    return `imports of what changed resolve${generated.length === 0 ? '' : ` (generated: ${generated.join(', ')})`}`
  },
}

async function findingsOf(
  workspace: Workspace,
  { generated }: ImportsRule,
  base: Oid | undefined,
  tree: Oid,
): Promise<readonly string[]> {
  if (base === undefined) throw new Error('the gate imports needs the tree that the phase started from')
  const { repository, objects, prefix } = workspace
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const isMatch = generated.length === 0 ? () => false : matcher(generated)
  return findUnresolved(repository, {
    base,
    tree,
    isWanted: (path) => !path.startsWith(spec),
    async open(of) {
      // Imports may lead to what is beside the workspace.
      const paths = prefix === '' ? await objects.files(of) : await listFiles(repository, of)
      return new SourceTree(repository, {
        tree: of,
        paths,
        isGenerated: (path) => isMatch(inWorkspace(workspace, path)),
      })
    },
  })
}
