import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { decodeLogCommit, encodeLogCommit, type LogCommit } from '../src/git/log-commit.ts'
import { escalated, opened, Repository } from './rig.ts'

let repository: Repository
let tree: string
let work: string
beforeAll(() => {
  repository = new Repository()
  const { commit, tree: of } = repository.commit('work')
  work = commit
  tree = of
})
afterAll(() => repository.remove())

const event = (body: EventBody, seq = 12): Event => ({
  version: eventVersion,
  seq,
  at: '2026-01-01T00:00:01.999Z',
  operationId: 'o',
  writer: 'here/1',
  body,
})
const notice: EventBody = { type: 'notice', code: 'x', message: 'y' }

function encoded(of: Partial<LogCommit> & { accepted?: readonly string[] } = {}, body = notice): string {
  const all = { tree, previous: undefined, snapshot: undefined, accepted: [], ...of }
  return encodeLogCommit('spec', event(body), all).toString('utf8')
}

const said = `author nx-conduct <nx-conduct@localhost> 1767225601 +0000
committer nx-conduct <nx-conduct@localhost> 1767225601 +0000

12 notice

Conduct-Log: spec
Conduct-Seq: 12
`

describe('the commit of a log entry', () => {
  it('is a commit as git writes it, byte for byte', () => {
    expect(encoded()).toBe(`tree ${tree}\n${said}Conduct-First: yes\n`)
    const [one, other] = ['1'.repeat(40), '2'.repeat(40)]
    const parents = `parent ${one}\nparent ${other}\n`
    expect(encoded({ previous: one, accepted: [other, one, other], snapshot: { seq: 8, commit: other } })).toBe(
      `tree ${tree}\n${parents}${said}Conduct-First: no\nConduct-State: 8 ${other}\n`,
    )
    expect(encoded({ accepted: [other] })).toContain(`parent ${other}\n${said}Conduct-First: yes`)
  })

  it('is one that git takes and reads', () => {
    const oid = repository.gitWith(
      encoded({ accepted: [work] }, escalated('1')),
      'hash-object',
      '-t',
      'commit',
      '-w',
      '--stdin',
    )
    expect(repository.git('log', '-1', '--format=%T %P %an %ae %at %s', oid)).toBe(
      `${tree} ${work} nx-conduct nx-conduct@localhost 1767225601 12 phase.escalated (phase 1)`,
    )
  })

  it.each([
    ['a', ' (phase a)'],
    ['', ''],
    ['a\n\nConduct-Seq: 99\r\t b', ' (phase a Conduct-Seq: 99 b)'],
    ['a\u0000b', ' (phase a b)'],
    ['x'.repeat(61), ` (phase ${'x'.repeat(60)})`],
  ])('names the phase %j on one short line', (phase, about) => {
    expect(encoded({}, escalated(phase)).split('\n\n')[1]).toBe(`12 phase.escalated${about}`)
  })

  it('of an event without a phase names none', () => {
    expect(encoded({}, opened(work)).split('\n\n')[1]).toBe('12 run.opened')
  })

  it.each<Omit<LogCommit, 'tree' | 'seq'>>([
    { previous: undefined, snapshot: undefined },
    { previous: '1'.repeat(40), snapshot: undefined },
    { previous: '1'.repeat(64), snapshot: { seq: 10, commit: 'self' } },
    { previous: undefined, snapshot: { seq: 123, commit: '2'.repeat(40) } },
  ])('reads as it was written: %j', (of) => {
    expect(decodeLogCommit(Buffer.from(encoded({ ...of, accepted: [work] })))).toEqual({ tree, seq: 12, ...of })
  })

  it('of another kind is not read', () => {
    const whole = encoded({ previous: '1'.repeat(40) })
    expect(decodeLogCommit(Buffer.from(whole))).toBeDefined()
    for (const [part, other] of [
      ['tree ', 'tre '],
      ['tree ', ' tree '],
      [tree, `${tree}x`],
      ['Conduct-Seq: 12', 'Conduct-Seq: twelve'],
      ['Conduct-Seq: 12', 'Conduct-Seq: 12x'],
      ['Conduct-Seq: 12', 'No Conduct-Seq: 12'],
      ['Conduct-First: no', 'Conduct-First: not'],
      ['Conduct-First: no', 'Conduct-First: maybe'],
      ['Conduct-First: no', 'x Conduct-First: no'],
      ['parent 1', 'parent x1'],
      ['parent 1', 'x parent 1'],
      [`parent ${'1'.repeat(40)}`, `parent ${'1'.repeat(40)}x`],
    ] as const) {
      expect(whole).toContain(part)
      expect([other, decodeLogCommit(Buffer.from(whole.replace(part, other)))]).toEqual([other, undefined])
    }
    for (const text of ['', '\n\n', 'tree 1\n\nConduct-Seq: 1\n', `tree ${tree}\nConduct-Seq: 1\nConduct-First: yes`])
      expect(decodeLogCommit(Buffer.from(text))).toBeUndefined()
  })

  it('does not believe a snapshot or numbers that stand elsewhere', () => {
    const odd = (line: string) => decodeLogCommit(Buffer.from(`${encoded()}${line}\n`))?.snapshot
    expect(odd('Conduct-State: 3 self')).toEqual({ seq: 3, commit: 'self' })
    for (const line of [
      'x Conduct-State: 3 self',
      'Conduct-State: 3 selfish',
      'Conduct-State: 3',
      'Conduct-State: x self',
    ])
      expect(odd(line)).toBeUndefined()
    const misplaced = encoded().replace('author ', 'Conduct-Seq: 99\nauthor ')
    expect(decodeLogCommit(Buffer.from(misplaced))?.seq).toBe(12)
    const quoted = `tree ${'f'.repeat(40)}`
    expect(decodeLogCommit(Buffer.from(`${encoded()}${quoted}\n`))?.tree).toBe(tree)
    expect(decodeLogCommit(Buffer.from(`${encoded().replace('yes', 'no')}parent ${work}\n`))).toBeUndefined()
  })
})
