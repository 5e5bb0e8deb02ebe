import { createHash } from 'node:crypto'
import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Evidence, RecordedVerdict, RequiredGate } from '@nx-conduct/store'
import type { AgentContext } from '../../agents/agent-task.ts'
import type { HeldLease } from '../../step/lease.ts'
import { record } from '../../step/record.ts'
import type { StepPlace } from '../../views/progress.ts'
import type { JudgeRole, ReviewRule } from '../gate-kind.ts'
import type { GateReport } from '../prove.ts'
import { gateKind } from '../registry.ts'
import { type Judged, runJudge } from './run-judge.ts'
import { failuresIn } from './weigh-verdict.ts'

export interface ReviewRequest {
  readonly place: StepPlace
  readonly phase: Phase
  /** Gates that agents judge. */
  readonly gates: readonly RequiredGate[]
  readonly tree: Oid
  readonly commit: Oid
  readonly lease: HeldLease
}

export type Reviewed =
  | { readonly kind: 'reports'; readonly reports: readonly GateReport[] }
  /** An agent gave no verdict: neither a pass nor a failure of the work. */
  | { readonly kind: 'no-verdict'; readonly role: JudgeRole; readonly message: string; readonly hint: string }

/** Has agents judge a tree that passes everything else, side by side, each once per tree. What they came to is recorded as evidence. */
export async function reviewTree(context: AgentContext, request: ReviewRequest): Promise<Reviewed> {
  const judged = await Promise.all(
    request.gates.map(async (gate) => {
      const check = gateKind(gate.gate).check(gate)
      if (check.kind !== 'agent') throw new Error(`no agent judges the gate ${gate.gate}`)
      return { gate, check, judged: await runJudge(context, { ...request, gate, check }) }
    }),
  )
  const reports: GateReport[] = []
  let none: Reviewed | undefined
  for (const { gate, check, judged: found } of judged) {
    if (found.kind === 'judged') reports.push(await recordJudged(context, request, { gate, rule: check.rule, found }))
    else none ??= { kind: 'no-verdict', role: check.role, message: found.message, hint: found.hint }
  }
  return none ?? { kind: 'reports', reports }
}

async function recordJudged(
  context: AgentContext,
  { place, tree }: ReviewRequest,
  {
    gate,
    rule,
    found,
  }: { readonly gate: RequiredGate; readonly rule: ReviewRule; readonly found: Extract<Judged, { kind: 'judged' }> },
): Promise<GateReport> {
  const { commands, run, surroundings } = context
  const failures = failuresIn(found.verdict, rule)
  const outcome = failures.length === 0 ? 'passed' : 'failed'
  const output = [...failures, ...droppedText(found.verdict)].join('\n\n')
  const evidence: Evidence = {
    ...gate,
    tree,
    environment: commands.environment.digest,
    outcome,
    outputDigest: createHash('sha256').update(output).digest('hex'),
    session: found.session,
    at: surroundings.clock.now().toISOString(),
  }
  await record(context, { type: 'evidence.recorded', run: run.id, phase: place.phase ?? '', evidence })
  surroundings.report({
    type: 'gate',
    place,
    gate: gate.gate,
    rule: gate.rule,
    outcome,
    recorded: found.recorded,
    durationMs: found.durationMs,
  })
  return { ...gate, evidence, flaky: false, output, durationMs: found.durationMs }
}

function droppedText({ dropped }: RecordedVerdict): readonly string[] {
  if (dropped === 0) return []
  return [`(${dropped} ${dropped === 1 ? 'finding' : 'findings'} dropped: about lines that do not exist)`]
}
