import { describe, expect, it } from 'vitest'
import type { EventBody } from '../src/event.ts'
import { misshapen, parseEvent } from '../src/parse-event.ts'
import { accepted, complete, evidence, opened, usage } from './rig.ts'

const tree = 'a'.repeat(40)
const commit = 'c'.repeat(64)
const work = { commit, tree }
const step = { run: 'r1', step: 'test', phase: '', module: 'api', stepKey: 'k' } as const

const bodies: { readonly [T in EventBody['type']]: EventBody } = {
  'run.opened': { ...opened(commit), branch: 'main' } as EventBody,
  'step.started': { type: 'step.started', ...step },
  'step.accepted': accepted(work, 'k'),
  'step.failed': { type: 'step.failed', ...step, reason: '', message: '', details: {} },
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
    report: {},
    durationMs: 0,
  },
  'evidence.recorded': evidence(tree, { outputDigest: 'd' }),
  'phase.complete': { ...complete(work), unverified: ['looks good'] },
  'phase.escalated': { type: 'phase.escalated', run: 'r1', phase: '1', escalation: {} },
  'finalize.started': { type: 'finalize.started', run: 'r1', branch: 'main', from: commit, to: tree },
  'run.finalized': { type: 'run.finalized', run: 'r1', branch: 'main', from: commit, to: tree, tree, moved: true },
  'epochs.raised': {
    type: 'epochs.raised',
    why: '',
    raised: [{ phase: '1', name: 'slice', epoch: 0.5, archive: 'refs/x' }],
  },
  notice: { type: 'notice', run: 'r1', code: '', message: '' },
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
  texts: ['x', [1], ['x', null], {}, null],
  step: ['checkpoints', '', 1, null],
  source: ['bought', '', null],
  gate: ['tests', '', null],
  outcome: ['pass', '', null],
} satisfies Record<string, readonly unknown[]>

type Kind = keyof typeof wrong
type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

const ofStep: Fields = { run: 'name', step: 'step', phase: 'text', module: 'text?', stepKey: 'name' }
const fields: { readonly [T in EventBody['type']]: Fields } = {
  'run.opened': {
    run: 'name',
    spec: 'name',
    head: 'oid',
    branch: 'text?',
    base: 'oid',
    planDigest: 'text',
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
    'result.details': 'data',
    durationMs: 'count',
  },
  'step.failed': { ...ofStep, reason: 'text', message: 'text', details: 'data' },
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
    durationMs: 'count',
  },
  'evidence.recorded': {
    run: 'name',
    phase: 'text',
    evidence: 'data',
    'evidence.gate': 'gate',
    'evidence.rule': 'text',
    'evidence.tree': 'oid',
    'evidence.environment': 'text',
    'evidence.outcome': 'outcome',
    'evidence.exitCode': 'integer?',
    'evidence.outputDigest': 'text?',
    'evidence.at': 'text',
  },
  'phase.complete': {
    run: 'name',
    phase: 'name',
    slice: 'text',
    commit: 'oid',
    tree: 'oid',
    environment: 'text',
    'gates.0': 'data',
    'gates.0.gate': 'gate',
    'gates.0.rule': 'text',
    unverified: 'texts',
    satisfied: 'flag',
  },
  'phase.escalated': { run: 'name', phase: 'name', escalation: 'data' },
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

const envelope = {
  version: 1,
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
    expect(misshapen(body)).toBeUndefined()
  })

  it.each(rows)('%s is refused when %s is no %s', (type, path, kind) => {
    const said = `${type}: field ${path.split('.')[0]} is missing or not what it has to be`
    for (const value of wrong[kind.replace('?', '') as Kind])
      expect([value, misshapen(changed(bodies[type], path, value) as EventBody)]).toEqual([value, said])
    const without = misshapen(changed(bodies[type], path, undefined) as EventBody)
    if (!/\.\d$/.test(path)) expect(without).toBe(kind.endsWith('?') ? undefined : said)
  })

  it.each([
    ['step.started', 'step', ['worktrees', 'implement', 'integrate', 'test', 'validate', 'checkpoint', 'finalize']],
    ['step.accepted', 'source', ['satisfied', 'adopted', 'known', 'executed']],
    [
      'phase.complete',
      'gates.0.gate',
      ['test', 'regression', 'files', 'placeholders', 'imports', 'lint', 'criterion', 'review', 'audit'],
    ],
    ['evidence.recorded', 'evidence.outcome', ['passed', 'failed', 'unverified']],
    ['evidence.recorded', 'evidence.exitCode', [0, 1, -1]],
    ['run.opened', 'phases', [[]]],
  ] as const)('%s may say of %s each of its words', (type, path, values) => {
    for (const value of values) expect(misshapen(changed(bodies[type], path, value) as EventBody)).toBeUndefined()
  })

  it.each([
    ['run.opened', 'phases'],
    ['phase.complete', 'gates'],
  ] as const)('%s is refused when %s is no list', (type, field) => {
    for (const value of [{}, 'x', null, undefined])
      expect(misshapen(changed(bodies[type], field, value) as EventBody)).toContain(`field ${field} is missing`)
  })

  it('is refused when a field is only inherited', () => {
    const { code, ...rest } = bodies.notice as Extract<EventBody, { type: 'notice' }>
    const body = Object.assign(Object.create({ code }), rest) as EventBody
    expect(misshapen(body)).toBe('notice: field code is missing or not what it has to be')
  })

  it.each(['constructor', 'nothing', ''])('is refused when its type is called %j', (type) => {
    expect(misshapen({ type } as unknown as EventBody)).toBe(`there is no event of type ${JSON.stringify(type)}`)
  })
})

describe('a recorded event', () => {
  it('is read when its envelope and its body are right', () => {
    expect(parseEvent(JSON.stringify(envelope))).toEqual({ kind: 'event', event: envelope })
  })

  it.each(Object.entries(envelopeFields))('is not believed when %s is no %s', (field, kind) => {
    const said = { kind: 'invalid', message: `field ${field} is missing or not what it has to be` }
    const values = wrong[kind.replace('?', '') as Kind]
    for (const value of values) expect(parseEvent(JSON.stringify({ ...envelope, [field]: value }))).toEqual(said)
    const without = parseEvent(JSON.stringify({ ...envelope, [field]: undefined }))
    if (kind.endsWith('?')) expect(without.kind).toBe('event')
    else expect(without).toEqual(said)
  })

  it('is not believed when its body is wrong', () => {
    expect(parseEvent(JSON.stringify({ ...envelope, body: { ...envelope.body, code: 1 } }))).toEqual({
      kind: 'invalid',
      message: 'notice: field code is missing or not what it has to be',
    })
  })

  it.each(['', '{', '{"version":1'])('is not believed when it is cut short: %j', (json) => {
    expect(parseEvent(json)).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^it is not JSON \(.+JSON.*\)$/),
    })
  })

  it.each(['null', '[]', '1', '"x"'])('is not believed when it is %s', (json) => {
    expect(parseEvent(json)).toEqual({ kind: 'invalid', message: 'it is not an object' })
  })

  it.each([2, 0, '1', undefined])('of version %j is left to a newer nx-conduct', (version) => {
    expect(parseEvent(JSON.stringify({ ...envelope, version }))).toEqual({
      kind: 'unknown-version',
      message: `it has version ${JSON.stringify(version)}; this nx-conduct reads version 1`,
    })
  })
})
