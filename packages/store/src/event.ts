/** One check a phase must pass. */
export type Gate =
  | 'test'
  | 'regression'
  | 'files'
  | 'placeholders'
  | 'imports'
  | 'lint'
  | 'criterion'
  | 'review'
  | 'audit'

/** Proof, made by us, that a gate held (or did not) on exactly that tree. Its key is (gate, rule, tree, environment). */
export interface Evidence {
  readonly gate: Gate
  /** The command or rule that was checked. */
  readonly rule: string
  /** Object id of the tree. */
  readonly tree: string
  /** Digest of the environment it was checked in. */
  readonly environment: string
  readonly outcome: 'passed' | 'failed' | 'unverified'
  readonly exitCode?: number
  readonly outputDigest?: string
  readonly at: string
}

/** A gate as required of a phase: which check, by which rule. */
export interface RequiredGate {
  readonly gate: Gate
  readonly rule: string
}

export interface Usage {
  readonly sessions: number
  readonly turns: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
}

export type StepName = 'worktrees' | 'implement' | 'integrate' | 'test' | 'validate' | 'checkpoint' | 'finalize'

/** How a step came by its result. */
export type StepSource = 'satisfied' | 'adopted' | 'known' | 'executed'

/** What a step hands on; enough to write its artifact again on any machine that holds the commit. */
export interface StepResult {
  readonly tree: string
  /** The commit that carries `tree`. */
  readonly commit: string
  /** What a person and later agents should know: reports, notices, healed gates. JSON. */
  readonly details: Readonly<Record<string, unknown>>
}

/** A phase that is built again on purpose. */
export interface RaisedEpoch {
  readonly phase: string
  /** What the epoch is counted by: it follows the phase's slice, not its number. */
  readonly name: string
  readonly epoch: number
  /** Ref that keeps what was accepted before. */
  readonly archive?: string
}

export type EventBody =
  | {
      readonly type: 'run.opened'
      readonly run: string
      readonly spec: string
      /** The user's commit the run starts from, and the branch to move at the end (absent: detached HEAD). */
      readonly head: string
      readonly branch?: string
      /** Commit whose tree holds the compiled spec: `head`, or a commit on top of it when the spec was not committed. */
      readonly base: string
      readonly planDigest: string
      readonly phases: readonly {
        readonly id: string
        readonly slug: string
        readonly title: string
        readonly slice: string
        readonly dependsOn: readonly string[]
      }[]
    }
  | {
      readonly type: 'step.started'
      readonly run: string
      readonly step: StepName
      readonly phase: string
      readonly module?: string
      readonly stepKey: string
    }
  | {
      readonly type: 'step.accepted'
      readonly run: string
      readonly step: StepName
      readonly phase: string
      readonly module?: string
      readonly stepKey: string
      readonly source: StepSource
      readonly result: StepResult
      readonly durationMs: number
    }
  | {
      readonly type: 'step.failed'
      readonly run: string
      readonly step: StepName
      readonly phase: string
      readonly module?: string
      readonly stepKey: string
      readonly reason: string
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }
  /** One agent session ended; its work (if any) is `commit`, bought under `agentKey`. */
  | {
      readonly type: 'agent.finished'
      readonly run: string
      readonly phase: string
      readonly module?: string
      readonly role: string
      readonly agentKey: string
      readonly outcome: string
      readonly usage: Usage
      readonly commit?: string
      readonly tree?: string
      readonly report?: Readonly<Record<string, unknown>>
      readonly durationMs: number
    }
  | { readonly type: 'evidence.recorded'; readonly run: string; readonly phase: string; readonly evidence: Evidence }
  | {
      readonly type: 'phase.complete'
      readonly run: string
      readonly phase: string
      readonly slice: string
      readonly commit: string
      readonly tree: string
      readonly environment: string
      /** Illegal unless each of these has passing evidence on exactly `tree` in `environment`. */
      readonly gates: readonly RequiredGate[]
      /** Criteria that no machine can check; reported, never counted as passed. */
      readonly unverified: readonly string[]
      readonly satisfied: boolean
    }
  | {
      readonly type: 'phase.escalated'
      readonly run: string
      readonly phase: string
      readonly escalation: Readonly<Record<string, unknown>>
    }
  | {
      readonly type: 'finalize.started'
      readonly run: string
      readonly branch?: string
      readonly from: string
      readonly to: string
    }
  | {
      readonly type: 'run.finalized'
      readonly run: string
      readonly branch?: string
      readonly from: string
      readonly to: string
      readonly tree: string
      readonly moved: boolean
    }
  /** One redo or rollback: all its phases or none. */
  | { readonly type: 'epochs.raised'; readonly why: string; readonly raised: readonly RaisedEpoch[] }
  | { readonly type: 'notice'; readonly run?: string; readonly code: string; readonly message: string }

/** A recorded event. `seq` is contiguous from 1. */
export interface Event {
  readonly version: 1
  readonly seq: number
  readonly at: string
  readonly operationId: string
  readonly writer: string
  readonly fence?: number
  readonly body: EventBody
}
