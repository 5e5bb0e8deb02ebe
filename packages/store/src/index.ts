export { processIdentity as currentHolder } from '@nx-conduct/git/process'
export type * from './contract.ts'
export type {
  Escalation,
  Event,
  EventBody,
  Evidence,
  RaisedEpoch,
  RecordedReport,
  RecordedVerdict,
  RequiredGate,
  ResultOf,
  StepName,
  StepResult,
  StepSource,
  TestCounts,
  Usage,
} from './event.ts'
export { evidenceKey, type Proof } from './evidence-key.ts'
export { type OpenRunLogOptions, openRunLog } from './open-run-log.ts'
export { parseStepResult } from './parse-event.ts'
export { PlainGit } from './plain-git.ts'
export { initialState, type Reduced, reduce } from './reduce.ts'
export type * from './state.ts'
export { StoreProblem, type StoreProblemCode } from './store-problem.ts'
export { addUsage, noUsage } from './usage.ts'
export { type HistoryReport, verifyHistory } from './verify-history.ts'
export { defaultWaits, type Waits } from './waits.ts'
