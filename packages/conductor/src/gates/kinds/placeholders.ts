import { changedTexts, type Oid } from '@nx-conduct/git'
import { unfinishedKinds } from '@nx-conduct/spec'
import { inRepository, type Workspace } from '../../run/workspace.ts'
import type { GateKind } from '../gate-kind.ts'
import { findPlaceholders, mayHoldPlaceholders } from '../placeholders/find-placeholders.ts'
import { ForeignRule } from '../typed-rule.ts'

/** The code that the phase added is no unfinished work. */
export const placeholders: GateKind = {
  name: 'placeholders',
  version: 3,
  required({ phase, base }) {
    if (base === undefined) return []
    const forbidden = unfinishedKinds.filter((kind) => !phase.allow.includes(kind))
    return [{ rule: `no ${forbidden.join(', ')} in added code`, base }]
  },
  check: ({ rule, base }) => ({
    kind: 'tree',
    findings: (workspace, tree) => findingsOf(workspace, kindsIn(rule), base, tree),
  }),
  describe: (rule) => rule,
}

function kindsIn(rule: string): ReadonlySet<string> {
  const kinds = /^no (.*) in added code$/.exec(rule)?.[1]
  if (kinds === undefined) throw new ForeignRule(`not a rule of this version: ${rule}`)
  return new Set(kinds.split(', '))
}

async function findingsOf(
  workspace: Workspace,
  forbidden: ReadonlySet<string>,
  base: Oid | undefined,
  tree: Oid,
): Promise<readonly string[]> {
  if (base === undefined) throw new Error('the gate placeholders needs the tree that the phase started from')
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const isRead = (path: string) => !path.startsWith(spec) && mayHoldPlaceholders(path)
  const findings: string[] = []
  for await (const { path, text, added } of changedTexts(workspace.repository, base, tree, isRead)) {
    const lines = text.split('\n')
    for (const { kind, from, to } of await findPlaceholders(path, text)) {
      if (!forbidden.has(kind) || !isAmong(added, from, to)) continue
      findings.push(`${path}:${from}: ${kind}: ${(lines[from - 1] ?? '').trim().slice(0, 200)}`)
    }
  }
  return findings
}

function isAmong(added: ReadonlySet<number>, from: number, to: number): boolean {
  for (let line = from; line <= to; line += 1) if (added.has(line)) return true
  return false
}
