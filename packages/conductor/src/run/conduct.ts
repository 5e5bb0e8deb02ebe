import type { Repository } from '@nx-conduct/git'
import type { Plan } from '@nx-conduct/spec'
import type { Holder, RunLog } from '@nx-conduct/store'
import type { LimitFunction } from 'p-limit'
import type { Rehearsal } from '../agents/rehearsal.ts'
import type { Facts } from '../reuse/object-cache.ts'
import type { Progress } from '../views/progress.ts'
import type { Environment } from './environment.ts'
import type { Run } from './find-run.ts'

/** Time, as an argument. */
export interface Clock {
  now(): Date
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number
}

/** What every step of one process shares. Made once by `openConduct`, closed by `close`. */
export interface Conduct {
  /** Top of the workspace, which is the top of the user's working tree or a folder in it. */
  readonly root: string
  /** Workspace-relative path of the spec, e.g. `.spec/SPEC.md`. */
  readonly specFile: string
  /** Folder of the spec, e.g. `.spec`. */
  readonly specFolder: string
  readonly plan: Plan
  readonly repository: Repository
  readonly facts: Facts
  readonly log: RunLog
  readonly run: Run
  readonly environment: Environment
  readonly clock: Clock
  readonly holder: Holder
  /** Environment of this process; only an allow-list of it reaches commands. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Literal secrets that no output may show. */
  readonly secrets: readonly string[]
  /** Folder outside the workspace's files where worktrees stand. */
  readonly home: string
  /** At most `concurrency` agents at a time. */
  readonly agentSlots: LimitFunction
  /** At most Nx's `parallel` commands at a time. */
  readonly commandSlots: LimitFunction
  readonly rehearsal: Rehearsal | undefined
  readonly signal: AbortSignal
  readonly report: (progress: Progress) => void
  close(): Promise<void>
}
