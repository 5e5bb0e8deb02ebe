import { commitTree, updateRef } from '@nx-conduct/git'
import { artifactFolder, type StepLocation, specRefs } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'

/** Refuses artifacts that Nx brought, each once per process. */
export interface Refusals {
  /** Tells why an artifact is not used, and moves a ref that is an Nx input of its step: the next run does not restore it again. */
  refuse(at: StepLocation, why: string): Promise<void>
}

export function refusalsOf({
  plan,
  run,
  workspace,
  surroundings,
}: Pick<RunContext, 'plan' | 'run' | 'workspace' | 'surroundings'>): Refusals {
  const refused = new Map<string, Promise<void>>()
  return {
    refuse(at, why) {
      const folder = artifactFolder(plan.name, at)
      const earlier = refused.get(folder)
      if (earlier) return earlier
      surroundings.report({
        type: 'notice',
        severity: 'info',
        code: 'artifact-ignored',
        message: `the artifact ${folder} is not used: ${why}; the run log decides`,
      })
      const moved = moveRef(at, why)
      refused.set(folder, moved)
      return moved
    },
  }

  async function moveRef(at: StepLocation, why: string): Promise<void> {
    const now = surroundings.clock.now().toISOString()
    // A new object each time, so that no earlier hash of Nx's comes back.
    const mark = await commitTree(workspace.repository, {
      tree: run.base.tree,
      parents: [],
      message: `Artifact of ${at.step} refused at ${now}: ${why}\n`,
      author: conductIdentity,
      at: now,
    })
    await updateRef(workspace.repository, specRefs(plan.name).refused(at), mark, {
      reason: 'conduct: artifact refused',
    })
  }
}
