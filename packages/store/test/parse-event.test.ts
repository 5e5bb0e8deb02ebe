import { describe, expect, it } from 'vitest'
import { type EventBody, eventVersion, type StepResult } from '../src/event.ts'
import { formatError, parseEvent } from '../src/parse-event.ts'
import { bodies, type Fields, fields, type Kind, result, resultFields, results, wrong } from './event-tables.ts'

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
