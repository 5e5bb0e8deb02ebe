export { isInsideCommand } from '@nx-conduct/agent'
export type { StepName } from '@nx-conduct/store'
export type { AgentContext } from './agents/agent-task.ts'
export { assign, moduleAssignment } from './agents/assignment.ts'
export type { Ownership } from './agents/ownership.ts'
export { type Cleaned, clean } from './checkouts/clean.ts'
export { commandEnvironment } from './checkouts/commands.ts'
export {
  acceptedGates,
  allTaken,
  type Checkpoint,
  type CheckpointAttempt,
  createCheckpoint,
  type GateStanding,
  isGreen,
  listCheckpoints,
} from './client/checkpoints.ts'
export { type CompletedRun, completePhase, completeRun } from './client/complete.ts'
export { describeRun } from './client/describe-run.ts'
export { asRun, type RunStanding } from './client/earlier-run.ts'
export { specOfRun } from './client/find-spec.ts'
export {
  type CreatedWorktree,
  createModuleWorktree,
  lastChange,
  type ModuleWorktree,
  moduleWorktrees,
  type RemovedWorktree,
  type WorktreeWork,
  workIn,
} from './client/module-worktrees.ts'
export { ClientProblem, type ClientProblemCode } from './client/problem.ts'
export { type RolledBack, removeWorktrees, rollBackTo } from './client/roll-back.ts'
export { spendingNothing } from './client/spend-nothing.ts'
export { installNeeded } from './dependencies/install-needed.ts'
export { findPlaceholders } from './gates/placeholders/find-placeholders.ts'
export type { GateReport } from './gates/prove.ts'
export { describeRule, gateKinds } from './gates/registry.ts'
export type { Finding } from './preflight/finding.ts'
export { preflight } from './preflight/preflight.ts'
export type { RunContext } from './run/context.ts'
export { defaultTools } from './run/environment.ts'
export type { Landing } from './run/finish-run.ts'
export { type HandedInWork, handIn } from './run/hand-in.ts'
export { type Judged, judge } from './run/judge.ts'
export { loadPlan, type OpenOptions, openRun } from './run/open.ts'
export { type Readiness, readinessOf } from './run/phase-start.ts'
export { ConductProblem } from './run/problem.ts'
export { reclaim } from './run/reclaim.ts'
export { type Redone, redo, rollback } from './run/redo.ts'
export { runTasks, type StepTask } from './run/run-tasks.ts'
export { type ScheduledTask, schedule, type TaskEnd } from './run/schedule.ts'
export { withoutSecretsOf } from './run/secrets.ts'
export { type Clock, defaultWaits, type Surroundings, type Waits } from './run/surroundings.ts'
export { type TestOutcome, testPhase } from './run/test-phase.ts'
export { toProblem } from './run/to-problem.ts'
export type { FailureReason, StepOutcome } from './step/outcome.ts'
export type { StepRequest } from './step/perform-step.ts'
export { stepVersions } from './step/versions.ts'
export { type Forecast, forecast } from './views/forecast.ts'
export { checkHistory, type RunEnd, readHistory, readRunEnd } from './views/history.ts'
export { type LastLanding, readLastLanding } from './views/last-landing.ts'
export { type Detail, type LiveLines, liveLines } from './views/live-lines.ts'
export type { Progress, StepPlace } from './views/progress.ts'
export { follow, nothingRuns, type Running } from './views/running.ts'
export { type RunStatus, readStatus } from './views/status.ts'
export { type RunSummary, summarise } from './views/summary.ts'
export { escalationText } from './views/text/escalation.ts'
export { eventLine } from './views/text/events.ts'
export { duration, formatDiskUse } from './views/text/figures.ts'
export { findingsText } from './views/text/findings.ts'
export { forecastText } from './views/text/forecast.ts'
export { type HeartbeatClock, heartbeatLine } from './views/text/heartbeat.ts'
export { type LineStyle, progressLine } from './views/text/lines.ts'
export { whyRed } from './views/text/red.ts'
export { failureText, statusText } from './views/text/status.ts'
export { summaryText } from './views/text/summary.ts'
export { waitingText } from './views/text/waiting.ts'
export { type Watched, type WatchOptions, watchRun } from './views/watch.ts'
