import * as v from 'valibot'

/**
 * The shapes of everything that the run log holds. One schema each: the types are inferred from it, and what is read from
 * a repository is checked by it before it is used.
 */

const text = v.string()
const name = v.pipe(v.string(), v.nonEmpty())
const count = v.pipe(v.number(), v.finite(), v.minValue(0))
const oid = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/))

const object = <const E extends v.ObjectEntries>(entries: E) => v.pipe(v.object(entries), v.readonly())
const listOf = <const S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly())

/** A gate as required of a phase: which check, in which version, by which rule. */
export type RequiredGate = v.InferOutput<typeof requiredGate>
const requiredGate = object({
  /** Name of the gate kind, e.g. `test`. */
  gate: name,
  /** Version of the gate kind: evidence of another version does not count. */
  version: count,
  /** The command or rule that is checked. */
  rule: text,
  /** Tree that the gate compares with; absent for gates that read one tree alone. */
  base: v.exactOptional(oid),
})

/** What the test runners that a command started said they did. */
export type TestCounts = v.InferOutput<typeof testCounts>
const testCounts = object({
  /** e.g. `vitest`. */
  runners: listOf(name),
  /** How many ran, passed or not. Absent where a runner does not print how many, or its lines were too many to keep. */
  ran: v.exactOptional(count),
  skipped: count,
})

/** Proof, made by us, that a gate held (or did not) on exactly that tree. */
export type Evidence = v.InferOutput<typeof evidence>
const evidence = object({
  ...requiredGate.entries,
  /** Object id of the tree. */
  tree: oid,
  /** Digest of the environment it was checked in. */
  environment: text,
  outcome: v.picklist(['passed', 'failed']),
  exitCode: v.exactOptional(v.pipe(v.number(), v.integer())),
  outputDigest: v.exactOptional(text),
  /** Of a gate whose command started a test runner that is known. No part of the evidence's key. */
  tests: v.exactOptional(testCounts),
  /** Of a gate that an agent judged: what its verdict is recorded under. No part of the evidence's key. */
  session: v.exactOptional(name),
  /** Digest of what the spec's setup had made in the checkout, where that came from a layer. No part of the evidence's key. */
  setup: v.exactOptional(text),
  at: text,
})

export type Usage = v.InferOutput<typeof usage>
const usage = object({
  sessions: count,
  turns: count,
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  /** Sessions whose tokens nobody counted; absent where there are none. */
  uncounted: v.exactOptional(count),
})

export type StepName = v.InferOutput<typeof stepName>
const stepName = v.picklist(['worktrees', 'implement', 'integrate', 'test', 'validate', 'checkpoint', 'finalize'])

/**
 * How a step came by its result. `imported`: another machine made it, a cache brought it, and its tree was proven again
 * here.
 */
export type StepSource = v.InferOutput<typeof stepSource>
const stepSource = v.picklist(['satisfied', 'adopted', 'recorded', 'imported', 'executed'])

/** `commit` carries `tree`. */
const work = { tree: oid, commit: oid }

/** What a step yields, by step: enough for the next step, on any machine that holds the commit. */
export type StepResult = v.InferOutput<typeof stepResult>
export type ResultOf<S extends StepResult['step']> = Extract<StepResult, { readonly step: S }>
export const stepResult = v.variant('step', [
  /** `tree` and `commit`: the base of the phase. */
  v.object({
    step: v.literal('worktrees'),
    ...work,
    start: v.variant('kind', [
      /** The base holds the phase for its current slice. */
      object({ kind: v.literal('satisfied') }),
      object({ kind: v.literal('fresh') }),
      /**
       * An earlier run's accepted commit `from`, or one that a person handed in, merged onto the base. It still has to be proven
       * there. `markedDone`: the base itself, because the spec marks the phase as done.
       */
      object({
        kind: v.literal('adopted'),
        from: oid,
        ...work,
        handedIn: v.exactOptional(v.literal(true)),
        markedDone: v.exactOptional(v.literal(true)),
      }),
    ]),
  }),
  v.object({ step: v.literal('implement'), ...work, report: text, issues: listOf(text) }),
  /**
   * `synthesised`: paths whose conflict an agent resolved. `regenerated`: lockfiles that their package managers made again from the
   * merged manifests. `removed`: what modules take away of earlier phases, a sentence each. Absent where there is none.
   */
  v.object({
    step: v.literal('integrate'),
    ...work,
    synthesised: listOf(text),
    regenerated: v.exactOptional(listOf(text)),
    removed: v.exactOptional(listOf(text)),
  }),
  /** `rounds`: how often a fix-executor was run. */
  v.object({ step: v.literal('test'), ...work, rounds: count }),
  v.object({
    step: v.literal('validate'),
    ...work,
    /** The base holds the phase, and nothing was changed. */
    satisfied: v.boolean(),
    gates: listOf(requiredGate),
    /** Criteria that no machine checks. */
    unverified: listOf(text),
    /** Rules that failed and then passed on the same tree. */
    flaky: listOf(text),
    rounds: count,
  }),
  /** The merged and proven result, before any branch is moved. */
  v.object({ step: v.literal('finalize'), ...work, gates: listOf(requiredGate) }),
])

/** A phase that is built again on purpose. */
export type RaisedEpoch = v.InferOutput<typeof raisedEpoch>
const raisedEpoch = object({
  phase: name,
  /** What the epoch is counted by: it follows the phase's slice, not its number. */
  name,
  epoch: count,
  /** Ref that keeps what was accepted before. */
  archive: v.exactOptional(text),
})

/** What an agent reported at the end of its session. */
export type RecordedReport = v.InferOutput<typeof report>
const report = object({ built: text, tests: text, issues: listOf(text) })

/** Lines are counted from 1, and exist on the tree that was judged. */
const citation = { file: name, line: count }

/** What a reviewer or an auditor came to, without what it said of lines that do not exist. */
export type RecordedVerdict = v.InferOutput<typeof verdict>
const verdict = object({
  verdict: v.picklist(['approve', 'request-changes']),
  summary: text,
  findings: listOf(
    object({
      ...citation,
      severity: v.picklist(['critical', 'major', 'minor']),
      what: text,
      why: text,
      suggestion: text,
    }),
  ),
  /** How many findings were about lines that do not exist. */
  dropped: count,
  /** `text`: the criterion. */
  criteria: listOf(
    object({ text, holds: v.picklist(['yes', 'no', 'unclear']), why: text, citations: listOf(object(citation)) }),
  ),
})

/** A phase that cannot continue without a person: what failed, the evidence, what was tried, and the next commands. */
export type Escalation = v.InferOutput<typeof escalation>
const escalation = object({
  phase: text,
  title: text,
  what: text,
  gate: v.exactOptional(name),
  rule: v.exactOptional(text),
  tree: oid,
  exitCode: v.exactOptional(v.pipe(v.number(), v.integer())),
  outputDigest: v.exactOptional(text),
  environment: text,
  /** Tail of what the gate printed, bounded. */
  output: text,
  alsoFailed: listOf(text),
  /**
   * One entry per round of a fix-executor. `recorded`: its session ran in an earlier run and was reused. `refused`: how its work weakened the
   * checks, which is why it was not taken. `transcript`: path of the session's transcript from the workspace's root, where there is one.
   */
  attempts: listOf(
    object({
      round: count,
      gate: name,
      rule: text,
      recorded: v.boolean(),
      said: text,
      treeBefore: oid,
      refused: v.exactOptional(listOf(text)),
      transcript: v.exactOptional(text),
    }),
  ),
  /** Folder with the failing tree checked out. */
  worktree: text,
  next: listOf(text),
})

const step = { run: name, step: stepName, phase: text, module: v.exactOptional(text), stepKey: name }

export type EventBody = v.InferOutput<typeof eventBody>
export const eventBody = v.variant('type', [
  object({
    type: v.literal('run.opened'),
    run: name,
    spec: name,
    /** The user's commit that the run starts from. */
    base: oid,
    /** The branch to move at the end; absent for a detached HEAD. */
    branch: v.exactOptional(text),
    /** A commit without parents whose tree holds the spec's text as it was compiled, at `specFile`. */
    plan: oid,
    specFile: text,
    phases: listOf(object({ id: name, slug: name, title: text, slice: text, dependsOn: listOf(text) })),
  }),
  object({ type: v.literal('step.started'), ...step }),
  object({
    type: v.literal('step.accepted'),
    ...step,
    source: stepSource,
    result: stepResult,
    /** One line for people. */
    summary: text,
    durationMs: count,
  }),
  /** `hint`: what a person does next. */
  object({ type: v.literal('step.failed'), ...step, reason: text, message: text, hint: v.exactOptional(text) }),
  /** One agent session ended; its work or its verdict, if any, is recorded under `agentKey`. */
  object({
    type: v.literal('agent.finished'),
    run: name,
    phase: text,
    module: v.exactOptional(text),
    role: text,
    agentKey: name,
    outcome: text,
    usage,
    commit: v.exactOptional(oid),
    tree: v.exactOptional(oid),
    report: v.exactOptional(report),
    /** Of an agent that judges: it has no work. */
    verdict: v.exactOptional(verdict),
    durationMs: count,
  }),
  object({ type: v.literal('evidence.recorded'), run: name, phase: text, evidence }),
  object({
    type: v.literal('phase.complete'),
    run: name,
    phase: name,
    slice: text,
    ...work,
    environment: text,
    /** Illegal unless each of these has passing evidence on exactly `tree` in `environment`. */
    gates: listOf(requiredGate),
    /** Criteria that no machine can check; reported, never counted as passed. */
    unverified: listOf(text),
    satisfied: v.boolean(),
  }),
  object({ type: v.literal('phase.escalated'), run: name, phase: name, escalation }),
  /** A proven phase that a person has to approve. */
  object({ type: v.literal('phase.waiting'), run: name, phase: name, slice: text, ...work }),
  /** A person's word on exactly this tree. `why`: the reason of a rejection. */
  object({
    type: v.literal('phase.judged'),
    run: name,
    phase: name,
    slice: text,
    tree: oid,
    verdict: v.picklist(['approved', 'rejected']),
    by: text,
    why: v.exactOptional(text),
  }),
  /** A person's work for a phase, on the phase's base: what the phase starts with, until its epoch is raised. */
  object({
    type: v.literal('phase.handed-in'),
    run: name,
    phase: name,
    slice: text,
    epoch: count,
    ...work,
    /** The tree as it was there, before it was merged onto the phase's base. */
    taken: oid,
    /** Where it was taken from: a folder or a ref. */
    from: text,
    /**
     * Of work in worktrees of modules: the commit that each started from, and its tree as it was last taken, also by an earlier event of the
     * phase. Absent for other work.
     */
    worktrees: v.exactOptional(listOf(object({ module: name, start: oid, tree: oid }))),
  }),
  object({ type: v.literal('finalize.started'), run: name, branch: v.exactOptional(text), from: oid, to: oid }),
  object({
    type: v.literal('run.finalized'),
    run: name,
    branch: v.exactOptional(text),
    from: oid,
    to: oid,
    tree: oid,
    moved: v.boolean(),
  }),
  /** One redo or rollback: all its phases or none. */
  object({ type: v.literal('epochs.raised'), why: text, raised: listOf(raisedEpoch) }),
  object({ type: v.literal('notice'), run: v.exactOptional(name), code: text, message: text }),
])

/** Raised when an older event can no longer be read as one of today's. */
export const eventVersion = 2

/** A recorded event. `seq` is contiguous from 1. */
export type Event = v.InferOutput<typeof recordedEvent>
export const recordedEvent = object({
  version: v.literal(eventVersion),
  seq: count,
  at: text,
  operationId: name,
  writer: text,
  fence: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  body: eventBody,
})
