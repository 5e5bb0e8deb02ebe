import type { Event, EventBody } from '../event.ts'
import { evidenceKey } from '../evidence-key.ts'
import type { RunRecord, StepRecord } from '../state.ts'
import { addUsage, noUsage } from '../usage.ts'
import type { Folded } from './view.ts'

/** One entry of the state that an event has set: what a mirror has to write. */
export interface Change {
  readonly section: 'runs' | 'steps' | 'sessions' | 'evidence' | 'epochs'
  readonly key: string
  readonly value: unknown
}

export type Advanced =
  | { readonly kind: 'ok'; readonly folded: Folded; readonly changes: readonly Change[] }
  | { readonly kind: 'illegal'; readonly message: string }

type Verdict = { readonly changes: readonly Change[] } | { readonly illegal: string }
type Body<T extends EventBody['type']> = Extract<EventBody, { type: T }>

/** Applies one event, or returns why the event is illegal at this point of the log. */
export function advance(folded: Folded, event: Event): Advanced {
  const { seq, body, operationId } = event
  if (seq !== folded.seq + 1) {
    return illegal(`event ${seq} does not follow event ${folded.seq}: sequence numbers are contiguous`)
  }
  const earlier = folded.operations.get(operationId)
  if (earlier !== undefined) return illegal(`operation ${operationId} is already recorded as event ${earlier}`)

  const verdict = judge(folded, event)
  if ('illegal' in verdict) return illegal(verdict.illegal)
  let next: Folded = {
    ...folded,
    seq,
    fence: Math.max(folded.fence, event.fence ?? 0),
    operations: folded.operations.set(operationId, seq),
    currentRun: body.type === 'notice' || body.type === 'epochs.raised' ? folded.currentRun : body.run,
  }
  for (const { section, key, value } of verdict.changes) {
    next = { ...next, [section]: (next[section] as Folded['epochs']).set(key, value as number) }
  }
  return { kind: 'ok', folded: next, changes: verdict.changes }
}

function illegal(message: string): Advanced {
  return { kind: 'illegal', message }
}

function judge(folded: Folded, event: Event): Verdict {
  const { body } = event
  if (body.type === 'notice') return { changes: [] }
  if (body.type === 'epochs.raised') return raise(folded, event, body)
  if (body.type === 'run.opened') return open(folded, event, body)

  const run = folded.runs.get(body.run)
  if (!run) return { illegal: `${body.type}: run ${body.run} was never opened` }
  if (run.status === 'finalized')
    return { illegal: `${body.type}: run ${body.run} is finalized; nothing is added to it` }
  const runBecomes = (changed: Partial<RunRecord>): Change => ({
    section: 'runs',
    key: run.run,
    value: { ...run, ...changed },
  })

  switch (body.type) {
    case 'step.started':
    case 'step.accepted':
    case 'step.failed':
      return step(folded, event, body)
    case 'agent.finished':
      return {
        changes: [
          runBecomes({
            usage: addUsage(run.usage, body.usage),
            usageByRole: withKey(
              run.usageByRole,
              body.role,
              addUsage(run.usageByRole[body.role] ?? noUsage, body.usage),
            ),
          }),
          ...(endedWithWork(folded, body) ? [{ section: 'sessions' as const, key: body.agentKey, value: body }] : []),
        ],
      }
    case 'evidence.recorded': {
      const { evidence } = body
      if (evidence.outcome === 'passed' && (evidence.exitCode ?? 0) !== 0) {
        return { illegal: `evidence for ${evidence.gate} claims to have passed with exit code ${evidence.exitCode}` }
      }
      return { changes: [{ section: 'evidence', key: evidenceKey(evidence), value: evidence }] }
    }
    case 'phase.complete': {
      const missing = unproven(folded, run, body)
      if (missing) return { illegal: missing }
      return {
        changes: [
          runBecomes({
            complete: withKey(run.complete, body.phase, body),
            escalated: withoutKey(run.escalated, body.phase),
            waiting: withoutKey(run.waiting, body.phase),
          }),
        ],
      }
    }
    case 'phase.escalated':
      return { changes: [runBecomes({ escalated: withKey(run.escalated, body.phase, body) })] }
    case 'phase.waiting':
      return {
        changes: [
          runBecomes({
            waiting: withKey(run.waiting, body.phase, body),
            escalated: withoutKey(run.escalated, body.phase),
          }),
        ],
      }
    case 'phase.judged':
      return {
        changes: [
          runBecomes({
            judged: withKey(run.judged, body.tree, body),
            // What is rejected waits for its next tree.
            ...(body.verdict === 'approved' ? { waiting: withoutKey(run.waiting, body.phase) } : {}),
          }),
        ],
      }
    case 'phase.handed-in':
      return { changes: [runBecomes({ handedIn: withKey(run.handedIn, body.phase, body) })] }
    case 'finalize.started':
      return { changes: [runBecomes({ status: 'finalizing', landing: body })] }
    case 'run.finalized':
      return { changes: [runBecomes({ status: 'finalized', finalized: body })] }
    default:
      return body satisfies never
  }
}

function open(folded: Folded, event: Event, body: Body<'run.opened'>): Verdict {
  if (folded.runs.get(body.run)) return { illegal: `run ${body.run} is already open` }
  const record: RunRecord = {
    run: body.run,
    opened: body,
    openedAt: event.at,
    status: 'open',
    usage: noUsage,
    usageByRole: Object.create(null),
    complete: Object.create(null),
    escalated: Object.create(null),
    handedIn: Object.create(null),
    waiting: Object.create(null),
    judged: Object.create(null),
    redoneAt: Object.create(null),
  }
  return { changes: [{ section: 'runs', key: body.run, value: record }] }
}

function raise(folded: Folded, { at }: Event, { raised }: Body<'epochs.raised'>): Verdict {
  const epochs = new Map<string, number>()
  for (const { phase, name, epoch } of raised) {
    const current = epochs.get(name) ?? folded.epochs.get(name) ?? 0
    if (!Number.isSafeInteger(epoch) || epoch <= current) {
      return { illegal: `epoch ${epoch} of phase ${phase} does not raise epoch ${current}` }
    }
    epochs.set(name, epoch)
  }
  const changes = [...epochs].map(([key, value]): Change => ({ section: 'epochs', key, value }))
  const run = folded.currentRun === undefined ? undefined : folded.runs.get(folded.currentRun)
  if (!run || run.status === 'finalized') return { changes }
  // What is done again is not done: the run in progress has to complete it anew.
  const without = <V>(record: Readonly<Record<string, V>>) =>
    raised.reduce((left, { phase }) => withoutKey(left, phase), record)
  const value: RunRecord = {
    ...run,
    complete: without(run.complete),
    waiting: without(run.waiting),
    escalated: without(run.escalated),
    redoneAt: raised.reduce((all, { phase }) => withKey(all, phase, at), run.redoneAt),
  }
  return { changes: [...changes, { section: 'runs', key: run.run, value }] }
}

function step(folded: Folded, event: Event, body: Body<'step.started' | 'step.accepted' | 'step.failed'>): Verdict {
  const before = folded.steps.get(body.stepKey)
  if (before?.status === 'accepted') {
    return {
      illegal: `${body.type}: step ${body.stepKey} already has its accepted result, from run ${before.run}; there is one per step key`,
    }
  }
  if (before?.fence !== undefined && (event.fence ?? 0) < before.fence) {
    return {
      illegal: `${body.type}: step ${body.stepKey} was last written under fence ${before.fence}; fence ${event.fence ?? 'none'} is stale`,
    }
  }
  const startedAt = body.type === 'step.started' || before?.run !== body.run ? event.at : before.startedAt
  const fence = event.fence ?? before?.fence
  const about = {
    stepKey: body.stepKey,
    run: body.run,
    step: body.step,
    phase: body.phase,
    ...(body.module === undefined ? {} : { module: body.module }),
    ...(fence === undefined ? {} : { fence }),
    startedAt,
  }
  const record: StepRecord =
    body.type === 'step.started'
      ? { ...about, status: 'started' }
      : body.type === 'step.failed'
        ? {
            ...about,
            status: 'failed',
            failure: {
              reason: body.reason,
              message: body.message,
              ...(body.hint === undefined ? {} : { hint: body.hint }),
            },
            endedAt: event.at,
          }
        : {
            ...about,
            status: 'accepted',
            source: body.source,
            result: body.result,
            summary: body.summary,
            endedAt: event.at,
            durationMs: body.durationMs,
          }
  return { changes: [{ section: 'steps', key: body.stepKey, value: record }] }
}

/** Why the phase may not be called complete: every required gate needs passing evidence on exactly its tree in its environment. */
function unproven(folded: Folded, run: RunRecord, body: Body<'phase.complete'>): string | undefined {
  if (!run.opened.phases.some(({ id }) => id === body.phase))
    return `phase.complete: run ${run.run} has no phase ${body.phase}`
  if (body.gates.length === 0) return `phase.complete: phase ${body.phase} names no gate; at least one has to hold`
  for (const required of body.gates) {
    const { gate, rule } = required
    const evidence = folded.evidence.get(evidenceKey({ ...required, tree: body.tree, environment: body.environment }))
    if (evidence?.outcome !== 'passed') {
      const found = evidence ? `the evidence says ${evidence.outcome}` : 'there is no evidence'
      return `phase.complete: gate ${gate} (${rule}) of phase ${body.phase} is not proven on tree ${body.tree}: ${found}`
    }
  }
  return undefined
}

/** A session is remembered when it left work or a verdict; one that reported is never displaced by one that did not. */
function endedWithWork(folded: Folded, body: Body<'agent.finished'>): boolean {
  if (body.verdict !== undefined) return true
  if (body.commit === undefined && body.tree === undefined) return false
  const before = folded.sessions.get(body.agentKey)
  return before?.report === undefined || body.report !== undefined
}

function withKey<V>(record: Readonly<Record<string, V>>, key: string, value: V): Readonly<Record<string, V>> {
  const copy: Record<string, V> = Object.assign(Object.create(null), record)
  copy[key] = value
  return copy
}

function withoutKey<V>(record: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> {
  if (!Object.hasOwn(record, key)) return record
  const copy: Record<string, V> = Object.assign(Object.create(null), record)
  delete copy[key]
  return copy
}
