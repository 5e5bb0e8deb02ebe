import type { AgentContext } from '../agents/agent-task.ts'
import type { RunContext } from '../run/context.ts'

/** A run in which no session of an agent starts: whoever drives it does the work. */
export function spendingNothing(run: RunContext): AgentContext {
  return { ...run, agents: { ...run.agents, mayRun: false } }
}
