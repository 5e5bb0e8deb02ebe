import type { Tool } from '../tool.ts'
import { cleanupWorktrees } from './cleanup-worktrees.ts'
import { completeTask } from './complete-task.ts'
import { createCheckpoint } from './create-checkpoint.ts'
import { createWorktree } from './create-worktree.ts'
import { getTaskState } from './get-task-state.ts'
import { listCheckpoints } from './list-checkpoints.ts'
import { listWorktrees } from './list-worktrees.ts'
import { markPhaseComplete } from './mark-phase-complete.ts'
import { rollbackToCheckpoint } from './rollback-to-checkpoint.ts'
import { startTask } from './start-task.ts'

/** In the order in which a task needs them. */
export const tools: readonly Tool[] = [
  startTask,
  getTaskState,
  createWorktree,
  listWorktrees,
  createCheckpoint,
  listCheckpoints,
  rollbackToCheckpoint,
  markPhaseComplete,
  completeTask,
  cleanupWorktrees,
]
