import { type AgentContext, type Landing, readLastLanding } from '@nx-conduct/conductor'

/** How a task ended, for a reader. */
export function landingText(landing: Landing): string {
  switch (landing.kind) {
    case 'satisfied':
      return 'the branch has everything already: nothing to merge'
    case 'moved':
      return `${landing.branch} is at ${landing.commit.slice(0, 12)}, which passes every gate`
    case 'kept':
      return `the result, ${landing.commit.slice(0, 12)}, is on ${landing.branch}: ${landing.why}`
    default:
      return landing satisfies never
  }
}

/** How a task ended, as the run log has it; undefined while it has not. */
export async function endOf(
  context: Pick<AgentContext, 'log' | 'run' | 'plan' | 'workspace'>,
): Promise<Landing | undefined> {
  const finalized = (await context.log.state()).runs[context.run.id]?.finalized
  if (finalized === undefined) return undefined
  const last = await readLastLanding(context)
  if (last?.run === context.run.id) return last.landing
  const { moved, to: commit, tree, branch } = finalized
  if (moved && branch !== undefined) return { kind: 'moved', branch, commit, tree }
  const command = `git branch --all --contains ${commit}`
  return { kind: 'kept', branch: 'a branch of its own', commit, tree, why: 'the branch was not moved', command }
}
