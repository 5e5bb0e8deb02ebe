import { describe, expect, it } from 'vitest'
import { type EventBody, eventVersion, type ResultOf, type StepResult } from '../src/event.ts'
import { formatError, parseEvent } from '../src/parse-event.ts'
import { complete, evidence, opened, report, usage } from './rig.ts'

const tree = 'a'.repeat(40)
const commit = 'c'.repeat(64)
const work = { commit, tree }
const step = { run: 'r1', step: 'test', phase: '', module: 'api', stepKey: 'k' } as const

const result = { step: 'test', ...work, rounds: 2 } as const
const required = { gate: 'test', version: 1, rule: 'npm test', base: tree }
const escalation = {
  phase: '1',
  title: 'Phase 1',
  what: 'npm test fails',
  gate: 'test',
  rule: 'npm test',
  tree,
  exitCode: 1,
  outputDigest: 'd',
  environment: 'env',
  output: '1 failed',
  alsoFailed: ['lint'],
  attempts: [{ round: 1, gate: 'test', rule: 'npm test', recorded: false, said: 'tried', treeBefore: tree }],
  worktree: '/tmp/failing',
  next: ['nx run spec:conduct'],
}

const bodies: { readonly [T in EventBody['type']]: EventBody } = {
  'run.opened': opened(commit),
  'step.started': { type: 'step.started', ...step },
  'step.accepted': { type: 'step.accepted', ...step, source: 'executed', result, summary: '', durationMs: 0 },
  'step.failed': { type: 'step.failed', ...step, reason: '', message: '' },
  'agent.finished': {
    type: 'agent.finished',
    run: 'r1',
    phase: '1',
    module: 'api',
    role: 'fix-executor',
    agentKey: 'a',
    outcome: 'reported',
    usage,
    ...work,
    report: { ...report, issues: ['one'] },
    durationMs: 0,
  },
  'evidence.recorded': evidence(tree, { outputDigest: 'd', setup: 'e', base: tree }),
  'phase.complete': { ...complete(work), gates: [required], unverified: ['looks good'] },
  'phase.escalated': { type: 'phase.escalated', run: 'r1', phase: '1', escalation },
  'phase.waiting': { type: 'phase.waiting', run: 'r1', phase: '1', slice: 's', ...work },
  'phase.judged': {
    type: 'phase.judged',
    run: 'r1',
    phase: '1',
    slice: 's',
    tree,
    verdict: 'rejected',
    by: 'A <a@b>',
    why: 'no',
  },
  'phase.handed-in': {
    type: 'phase.handed-in',
    run: 'r1',
    phase: '1',
    slice: 's',
    epoch: 0,
    ...work,
    taken: tree,
    from: '/tmp/failing',
  },
  'finalize.started': { type: 'finalize.started', run: 'r1', branch: 'main', from: commit, to: tree },
  'run.finalized': { type: 'run.finalized', run: 'r1', branch: 'main', from: commit, to: tree, tree, moved: true },
  'epochs.raised': {
    type: 'epochs.raised',
    why: '',
    raised: [{ phase: '1', name: 'slice', epoch: 0.5, archive: 'refs/x' }],
  },
  notice: { type: 'notice', run: 'r1', code: '', message: '' },
}

const results: { readonly [S in StepResult['step']]: ResultOf<S> } = {
  worktrees: { step: 'worktrees', ...work, start: { kind: 'adopted', from: commit, ...work } },
  implement: { step: 'implement', ...work, report: 'made', issues: ['one'] },
  integrate: { step: 'integrate', ...work, synthesised: ['a.ts'] },
  test: result,
  validate: {
    step: 'validate',
    ...work,
    satisfied: false,
    gates: [required],
    unverified: ['looks good'],
    flaky: ['npm test'],
    rounds: 0,
  },
  finalize: { step: 'finalize', ...work, gates: [required] },
}
const resultFields: { readonly [S in StepResult['step']]: Fields } = {
  worktrees: { 'start.kind': 'name', 'start.from': 'oid', 'start.tree': 'oid', 'start.commit': 'oid' },
  implement: { report: 'text', issues: 'texts' },
  integrate: { synthesised: 'texts' },
  test: { rounds: 'count' },
  validate: {
    satisfied: 'flag',
    gates: 'list',
    'gates.0.gate': 'name',
    unverified: 'texts',
    flaky: 'texts',
    rounds: 'count',
  },
  finalize: { gates: 'list', 'gates.0.rule': 'text' },
}

/** What no field of a kind may hold, whatever else it may hold. */
const wrong = {
  text: [1, null, ['x']],
  name: ['', 1, null],
  flag: ['true', 1, null],
  count: [-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, '1', null],
  integer: [0.5, '1', null, Number.NaN],
  oid: [
    [tree],
    'a'.repeat(39),
    'a'.repeat(41),
    'a'.repeat(63),
    'a'.repeat(65),
    'A'.repeat(40),
    `${tree}\n`,
    `x${tree}`,
    1,
    null,
  ],
  data: [null, [], 'x', 1],
  list: [{}, 'x', 1, null],
  texts: ['x', [1], ['x', null], {}, null],
  step: ['checkpoints', '', 1, null],
  source: ['bought', '', null],
  outcome: ['pass', '', null],
  verdict: ['approve', '', null],
} satisfies Record<string, readonly unknown[]>

type Kind = keyof typeof wrong
type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

const escalationFields: Fields = {
  'escalation.phase': 'text',
  'escalation.title': 'text',
  'escalation.what': 'text',
  'escalation.gate': 'name?',
  'escalation.rule': 'text?',
  'escalation.tree': 'oid',
  'escalation.exitCode': 'integer?',
  'escalation.outputDigest': 'text?',
  'escalation.environment': 'text',
  'escalation.output': 'text',
  'escalation.alsoFailed': 'texts',
  'escalation.attempts': 'list',
  'escalation.attempts.0.round': 'count',
  'escalation.attempts.0.gate': 'name',
  'escalation.attempts.0.rule': 'text',
  'escalation.attempts.0.recorded': 'flag',
  'escalation.attempts.0.said': 'text',
  'escalation.attempts.0.treeBefore': 'oid',
  'escalation.worktree': 'text',
  'escalation.next': 'texts',
}
const ofStep: Fields = { run: 'name', step: 'step', phase: 'text', module: 'text?', stepKey: 'name' }
const fields: { readonly [T in EventBody['type']]: Fields } = {
  'run.opened': {
    run: 'name',
    spec: 'name',
    base: 'oid',
    branch: 'text?',
    plan: 'oid',
    specFile: 'text',
    phases: 'list',
    'phases.1.id': 'name',
    'phases.1.slug': 'name',
    'phases.1.title': 'text',
    'phases.1.slice': 'text',
    'phases.1.dependsOn': 'texts',
    'phases.1': 'data',
  },
  'step.started': ofStep,
  'step.accepted': {
    ...ofStep,
    source: 'source',
    result: 'data',
    'result.tree': 'oid',
    'result.commit': 'oid',
    'result.step': 'step',
    summary: 'text',
    durationMs: 'count',
  },
  'step.failed': { ...ofStep, reason: 'text', message: 'text' },
  'agent.finished': {
    run: 'name',
    phase: 'text',
    module: 'text?',
    role: 'text',
    agentKey: 'name',
    outcome: 'text',
    usage: 'data',
    'usage.sessions': 'count',
    'usage.turns': 'count',
    'usage.inputTokens': 'count',
    'usage.outputTokens': 'count',
    'usage.cacheReadTokens': 'count',
    'usage.cacheWriteTokens': 'count',
    commit: 'oid?',
    tree: 'oid?',
    report: 'data?',
    'report.built': 'text',
    'report.tests': 'text',
    'report.issues': 'texts',
    durationMs: 'count',
  },
  'evidence.recorded': {
    run: 'name',
    phase: 'text',
    evidence: 'data',
    'evidence.gate': 'name',
    'evidence.version': 'count',
    'evidence.base': 'oid?',
    'evidence.rule': 'text',
    'evidence.tree': 'oid',
    'evidence.environment': 'text',
    'evidence.outcome': 'outcome',
    'evidence.exitCode': 'integer?',
    'evidence.outputDigest': 'text?',
    'evidence.setup': 'text?',
    'evidence.at': 'text',
  },
  'phase.complete': {
    run: 'name',
    phase: 'name',
    slice: 'text',
    commit: 'oid',
    tree: 'oid',
    environment: 'text',
    gates: 'list',
    'gates.0': 'data',
    'gates.0.gate': 'name',
    'gates.0.version': 'count',
    'gates.0.base': 'oid?',
    'gates.0.rule': 'text',
    unverified: 'texts',
    satisfied: 'flag',
  },
  'phase.escalated': { run: 'name', phase: 'name', escalation: 'data', ...escalationFields },
  'phase.waiting': { run: 'name', phase: 'name', slice: 'text', commit: 'oid', tree: 'oid' },
  'phase.judged': {
    run: 'name',
    phase: 'name',
    slice: 'text',
    tree: 'oid',
    verdict: 'verdict',
    by: 'text',
    why: 'text?',
  },
  'phase.handed-in': {
    run: 'name',
    phase: 'name',
    slice: 'text',
    epoch: 'count',
    commit: 'oid',
    tree: 'oid',
    taken: 'oid',
    from: 'text',
  },
  'finalize.started': { run: 'name', branch: 'text?', from: 'oid', to: 'oid' },
  'run.finalized': { run: 'name', branch: 'text?', from: 'oid', to: 'oid', tree: 'oid', moved: 'flag' },
  'epochs.raised': {
    why: 'text',
    'raised.0': 'data',
    'raised.0.phase': 'name',
    'raised.0.name': 'name',
    'raised.0.epoch': 'count',
    'raised.0.archive': 'text?',
  },
  notice: { run: 'text?', code: 'text', message: 'text' },
}

function acceptedAs(of: string, yields: StepResult): EventBody {
  return changed(changed(bodies['step.accepted'], 'step', of), 'result', yields) as EventBody
}

/** The message names the field, or one inside it. */
const naming = (type: string, path: string) =>
  new RegExp(`^${type}: field ${path}(\\.[\\w.]+)? is missing or not what it has to be$`.replaceAll('.0', '\\.0'))

function mustCheck(body: EventBody, type: string, path: string, kind: Fields[string]): void {
  const said = naming(type, path)
  for (const value of wrong[kind.replace('?', '') as Kind])
    expect([value, formatError(changed(body, path, value) as EventBody)]).toEqual([value, expect.stringMatching(said)])
  if (/\.\d$/.test(path)) return
  const without = formatError(changed(body, path, undefined) as EventBody)
  if (kind.endsWith('?')) expect(without).toBeUndefined()
  else expect(without).toMatch(said)
}

const envelope = {
  version: eventVersion,
  seq: 1,
  at: 'now',
  operationId: 'o',
  writer: 'here/1',
  fence: 0,
  body: bodies.notice,
}
const envelopeFields: Fields = {
  seq: 'count',
  at: 'text',
  operationId: 'name',
  writer: 'text',
  fence: 'count?',
  body: 'data',
}

/** The value with another one at a dotted path. */
function changed(value: unknown, path: string, to: unknown): unknown {
  const [first = '', ...rest] = path.split('.')
  const at = (value as Record<string, unknown>)[first]
  const inner = rest.length === 0 ? to : changed(at, rest.join('.'), to)
  if (Array.isArray(value)) return value.map((each, index) => (index === Number(first) ? inner : each))
  const { [first]: _, ...others } = value as Record<string, unknown>
  return inner === undefined ? others : { ...others, [first]: inner }
}

const rows = Object.entries(fields).flatMap(([type, of]) =>
  Object.entries(of).map(([path, kind]) => [type as EventBody['type'], path, kind] as const),
)

describe('the body of an event', () => {
  it.each(Object.entries(bodies))('%s is recorded when every field is right', (_type, body) => {
    expect(formatError(body)).toBeUndefined()
  })

  it.each(rows)('%s is refused when %s is no %s', (type, path, kind) => {
    mustCheck(bodies[type], type, path, kind)
  })

  it.each([
    ['step.started', 'step', ['worktrees', 'implement', 'integrate', 'test', 'validate', 'checkpoint', 'finalize']],
    ['step.accepted', 'source', ['satisfied', 'adopted', 'recorded', 'imported', 'executed']],
    ['evidence.recorded', 'evidence.outcome', ['passed', 'failed']],
    ['evidence.recorded', 'evidence.exitCode', [0, 1, -1]],
    ['run.opened', 'phases', [[]]],
  ] as const)('%s may say of %s each of its words', (type, path, values) => {
    for (const value of values) expect(formatError(changed(bodies[type], path, value) as EventBody)).toBeUndefined()
  })

  it.each(Object.entries(results))('is recorded with the result of a step %s', (of, yields) => {
    expect(formatError(acceptedAs(of, yields))).toBeUndefined()
  })

  it.each(Object.entries(resultFields))('is refused when the result of a step %s is not whole', (of, its) => {
    const body = acceptedAs(of, results[of as StepResult['step']])
    for (const [path, kind] of Object.entries(its)) mustCheck(body, 'step.accepted', `result.${path}`, kind)
  })

  it.each([{ kind: 'fresh' }, { kind: 'satisfied' }] as const)('is recorded when a phase starts %o', (start) => {
    expect(formatError(acceptedAs('worktrees', { ...results.worktrees, start }))).toBeUndefined()
  })

  it('is refused when a step has the result of another', () => {
    expect(formatError(acceptedAs('implement', result))).toBe(
      'step.accepted: a step implement cannot have the result of a step test',
    )
  })

  it.each(['constructor', 'nothing', ''])('is refused when its type is called %j', (type) => {
    expect(formatError({ type } as unknown as EventBody)).toBe(`there is no event of type ${JSON.stringify(type)}`)
  })
})

describe('a recorded event', () => {
  it('is read when its envelope and its body are right', () => {
    expect(parseEvent(JSON.stringify(envelope))).toEqual({ kind: 'event', event: envelope })
  })

  it.each(Object.entries(envelopeFields))('is not believed when %s is no %s', (field, kind) => {
    const said = {
      kind: 'invalid',
      message: expect.stringMatching(new RegExp(`field ${field}|there is no event of type undefined`)),
    }
    const values = wrong[kind.replace('?', '') as Kind]
    for (const value of values) expect(parseEvent(JSON.stringify({ ...envelope, [field]: value }))).toMatchObject(said)
    const without = parseEvent(JSON.stringify({ ...envelope, [field]: undefined }))
    if (kind.endsWith('?')) expect(without.kind).toBe('event')
    else expect(without).toMatchObject(said)
  })

  it('is not believed when its body is wrong', () => {
    expect(parseEvent(JSON.stringify({ ...envelope, body: { ...envelope.body, code: 1 } }))).toEqual({
      kind: 'invalid',
      message: 'notice: field code is missing or not what it has to be',
    })
  })

  it.each(['', '{', '{"version":2'])('is not believed when it is cut short: %j', (json) => {
    expect(parseEvent(json)).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^it is not JSON \(.+JSON.*\)$/),
    })
  })

  it.each(['null', '[]', '1', '"x"'])('is not believed when it is %s', (json) => {
    expect(parseEvent(json)).toEqual({ kind: 'invalid', message: 'it is not an object' })
  })

  it.each([1, 3, 0, '2', undefined])('of version %j is left to a newer nx-conduct', (version) => {
    expect(parseEvent(JSON.stringify({ ...envelope, version }))).toEqual({
      kind: 'unknown-version',
      message: `it has version ${JSON.stringify(version)}; this nx-conduct reads version 2`,
    })
  })
})
