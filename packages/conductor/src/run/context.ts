import type { Plan } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import type { Agents } from '../agents/agents.ts'
import type { Checkouts } from '../checkouts/checkout.ts'
import type { Commands } from '../checkouts/commands.ts'
import type { RepositoryWatch } from '../watch/repository-watch.ts'
import type { Run } from './run.ts'
import type { Surroundings } from './surroundings.ts'
import type { Workspace } from './workspace.ts'

/**
 * What the steps of one process work with. Made once by `openRun`. A function takes the parts that it needs
 * (`Pick<RunContext, 'log' | 'run'>`), so that its arguments say what it can touch.
 */
export interface RunContext {
  readonly workspace: Workspace
  readonly plan: Plan
  readonly run: Run
  readonly log: RunLog
  readonly surroundings: Surroundings
  /** Runs the spec's commands: setup and gates. */
  readonly commands: Commands
  readonly agents: Agents
  readonly checkouts: Checkouts
  /** Compares the repository before and after agents and commands. */
  readonly watch: RepositoryWatch
  close(): Promise<void>
}
