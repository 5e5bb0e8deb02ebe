import type { Oid } from '@nx-conduct/git'
import type { Module, Phase } from '@nx-conduct/spec'
import type { AgentContext } from './agent-task.ts'
import { type Ownership, ownershipOf } from './ownership.ts'

/** What a module owns in the tree that its phase starts from. */
export async function ownershipIn(
  { workspace, agents }: Pick<AgentContext, 'workspace' | 'agents'>,
  { phase, module, base }: { readonly phase: Phase; readonly module: Module; readonly base: { readonly tree: Oid } },
): Promise<Ownership> {
  const folders = new Set(await workspace.objects.folders(base.tree))
  return ownershipOf(phase, module, { folders, projectRoots: agents.projectRoots })
}
