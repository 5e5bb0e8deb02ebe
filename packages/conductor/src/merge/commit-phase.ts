import { commitTree, type Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'

/** Commits a tree as the result of a phase, on top of its base. No ref is moved. */
export function commitPhase(
  { workspace, surroundings }: Pick<RunContext, 'workspace' | 'surroundings'>,
  phase: Phase,
  { tree, base }: { readonly tree: Oid; readonly base: Oid },
): Promise<Oid> {
  return commitTree(workspace.repository, {
    tree,
    parents: [base],
    message: messageOf(phase),
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
}

/** Trailers are labels for people; nothing is decided by them. */
function messageOf(phase: Phase): string {
  const tasks = phase.tasks.map(({ text }) => `- ${text.replace(/\s+/g, ' ')}`).join('\n')
  return `Phase ${phase.id}: ${phase.title}\n\n${tasks === '' ? '' : `${tasks}\n\n`}Conduct-Phase: ${phase.id}\nConduct-Slice: ${phase.digest}\n`
}
