export { processIdentity as currentHolder } from '@nx-conduct/git/process'
export type * from './contract.ts'
export {
  type Escalation,
  type Event,
  type EventBody,
  type Evidence,
  type RaisedEpoch,
  type RecordedReport,
  type RequiredGate,
  type ResultOf,
  type StepName,
  type StepResult,
  type StepSource,
  stepResult,
  type Usage,
} from './event.ts'
export { evidenceKey, type Proof } from './evidence-key.ts'
export { type OpenRunLogOptions, openRunLog } from './open-run-log.ts'
export { initialState, type Reduced, reduce } from './reduce.ts'
export type * from './state.ts'
export { StoreProblem, type StoreProblemCode } from './store-problem.ts'
export { type HistoryReport, verifyHistory } from './verify-history.ts'
export { defaultWaits, type Waits } from './waits.ts'
