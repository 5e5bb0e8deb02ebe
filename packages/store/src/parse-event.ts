import type { Event, EventBody } from './event.ts'

export type ParsedEvent =
  | { readonly kind: 'event'; readonly event: Event }
  /** Written by a newer nx-conduct. */
  | { readonly kind: 'unknown-version'; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string }

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

const text: Check = (value) => typeof value === 'string'
const name: Check = (value) => typeof value === 'string' && value !== ''
const flag: Check = (value) => typeof value === 'boolean'
const count: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const oid: Check = (value) => typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)
const data: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const shaped =
  (shape: Shape): Check =>
  (value) =>
    data(value) && misfit(value as Record<string, unknown>, shape) === undefined

const gate = oneOf('test', 'regression', 'files', 'placeholders', 'imports', 'lint', 'criterion', 'review', 'audit')
const stepShape: Shape = {
  run: name,
  step: oneOf('worktrees', 'implement', 'integrate', 'test', 'validate', 'checkpoint', 'finalize'),
  phase: text,
  module: optional(text),
  stepKey: name,
}

const shapes: { readonly [T in EventBody['type']]: Shape } = {
  'run.opened': {
    run: name,
    spec: name,
    head: oid,
    branch: optional(text),
    base: oid,
    planDigest: text,
    phases: listOf(shaped({ id: name, slug: name, title: text, slice: text, dependsOn: listOf(text) })),
  },
  'step.started': stepShape,
  'step.accepted': {
    ...stepShape,
    source: oneOf('satisfied', 'adopted', 'known', 'executed'),
    result: shaped({ tree: oid, commit: oid, details: data }),
    durationMs: count,
  },
  'step.failed': { ...stepShape, reason: text, message: text, details: data },
  'agent.finished': {
    run: name,
    phase: text,
    module: optional(text),
    role: text,
    agentKey: name,
    outcome: text,
    usage: shaped({
      sessions: count,
      turns: count,
      inputTokens: count,
      outputTokens: count,
      cacheReadTokens: count,
      cacheWriteTokens: count,
    }),
    commit: optional(oid),
    tree: optional(oid),
    report: optional(data),
    durationMs: count,
  },
  'evidence.recorded': {
    run: name,
    phase: text,
    evidence: shaped({
      gate,
      rule: text,
      tree: oid,
      environment: text,
      outcome: oneOf('passed', 'failed', 'unverified'),
      exitCode: optional((value) => Number.isInteger(value)),
      outputDigest: optional(text),
      at: text,
    }),
  },
  'phase.complete': {
    run: name,
    phase: name,
    slice: text,
    commit: oid,
    tree: oid,
    environment: text,
    gates: listOf(shaped({ gate, rule: text })),
    unverified: listOf(text),
    satisfied: flag,
  },
  'phase.escalated': { run: name, phase: name, escalation: data },
  'finalize.started': { run: name, branch: optional(text), from: oid, to: oid },
  'run.finalized': { run: name, branch: optional(text), from: oid, to: oid, tree: oid, moved: flag },
  'epochs.raised': {
    why: text,
    raised: listOf(shaped({ phase: name, name, epoch: count, archive: optional(text) })),
  },
  notice: { run: optional(text), code: text, message: text },
}

const envelope: Shape = { seq: count, at: text, operationId: name, writer: text, fence: optional(count), body: data }

/** Why a body may not be recorded as it stands; `undefined` when its shape is right. */
export function misshapen(body: EventBody): string | undefined {
  const shape = Object.hasOwn(shapes, body.type) ? shapes[body.type] : undefined
  if (!shape) return `there is no event of type ${JSON.stringify(body.type)}`
  const field = misfit(body as unknown as Record<string, unknown>, shape)
  return field === undefined ? undefined : `${body.type}: field ${field} is missing or not what it has to be`
}

/** Reads one recorded event; what comes from a repository is checked before it is believed. */
export function parseEvent(json: string): ParsedEvent {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return { kind: 'invalid', message: `it is not JSON (${error instanceof Error ? error.message : error})` }
  }
  if (!data(value)) return { kind: 'invalid', message: 'it is not an object' }
  const candidate = value as Record<string, unknown>
  if (candidate['version'] !== 1) {
    return {
      kind: 'unknown-version',
      message: `it has version ${JSON.stringify(candidate['version'])}; this nx-conduct reads version 1`,
    }
  }
  const field = misfit(candidate, envelope)
  if (field !== undefined) return { kind: 'invalid', message: `field ${field} is missing or not what it has to be` }
  const event = value as Event
  const problem = misshapen(event.body)
  return problem === undefined ? { kind: 'event', event } : { kind: 'invalid', message: problem }
}

function misfit(value: Record<string, unknown>, shape: Shape): string | undefined {
  return Object.keys(shape).find((field) => !shape[field]?.(Object.hasOwn(value, field) ? value[field] : undefined))
}
