import { addedLines, type Oid } from '@nx-conduct/git'
import { inRepository, type Workspace } from '../../run/workspace.ts'
import type { GateKind } from '../gate-kind.ts'

/** Marks of unfinished work that code may not hold unless the phase allows them. */
export const placeholderMarks = ['TODO', 'FIXME', 'XXX', 'HACK', 'not implemented'] as const

/** The lines that the phase added hold no mark of unfinished work. */
export const placeholders: GateKind = {
  name: 'placeholders',
  version: 1,
  required({ phase, base }) {
    if (base === undefined) return []
    const marks = placeholderMarks.filter((mark) => !phase.allow.includes(mark))
    return [{ rule: `no ${marks.join(', ')} in added lines`, base }]
  },
  check: ({ rule, base }) => ({
    kind: 'tree',
    findings: (workspace, tree) => findMarks(workspace, marksIn(rule), base, tree),
  }),
  describe: (rule) => rule,
}

function marksIn(rule: string): readonly string[] {
  const marks = /^no (.*) in added lines$/.exec(rule)?.[1]
  if (marks === undefined) throw new Error(`not a placeholder rule: ${rule}`)
  return marks.split(', ').filter(Boolean)
}

/** Prose may speak of unfinished work; code may not hold it. */
const prose = /\.(md|mdx|markdown|txt|rst|adoc)$/i

async function findMarks(
  workspace: Workspace,
  marks: readonly string[],
  base: Oid | undefined,
  tree: Oid,
): Promise<readonly string[]> {
  if (base === undefined) throw new Error('the gate placeholders needs the tree that the phase started from')
  const patterns = marks.map(
    (mark) => new RegExp(`\\b${mark.replace(' ', '\\s+')}\\b`, mark === mark.toUpperCase() ? '' : 'i'),
  )
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const findings: string[] = []
  for await (const { path, line, text } of addedLines(workspace.repository, base, tree)) {
    if (prose.test(path) || path.startsWith(spec)) continue
    if (patterns.some((pattern) => pattern.test(text))) findings.push(`${path}:${line}: ${text.trim().slice(0, 200)}`)
  }
  return findings
}
