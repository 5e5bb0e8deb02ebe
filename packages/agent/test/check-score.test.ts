import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkScore } from '../src/index.ts'

const whole = `
sessions:
  - role: implementation-executor
    phase: 2.10
    module: contracts
    turns:
      - say: Reading.
        delay: 200ms
        tools:
          - bash: ls -la
          - create: { path: src/a.mjs, text: "a" }
          - replace: { path: src/a.mjs, old: "a", new: "b" }
          - view: src/a.mjs
          - insert: { path: src/a.mjs, line: 3, text: c }
      - error: { status: 529, type: overloaded_error, retryAfter: 1 }
      - stop: refusal
      - report: { built: it, tests: green, issues: [] }
`

function problems(text: string) {
  const check = checkScore(text)
  return check.kind === 'problems' ? check.problems : []
}

describe('checkScore', () => {
  it('reads every kind of turn and tool', () => {
    const check = checkScore(whole)
    expect(check).toMatchObject({
      kind: 'score',
      score: {
        sessions: [
          {
            role: 'implementation-executor',
            phase: '2.10',
            module: 'contracts',
            turns: [
              {
                kind: 'work',
                say: 'Reading.',
                delayMs: 200,
                tools: [
                  { tool: 'bash', command: 'ls -la' },
                  { tool: 'create', path: 'src/a.mjs', text: 'a' },
                  { tool: 'replace', old: 'a', new: 'b' },
                  { tool: 'view', path: 'src/a.mjs' },
                  { tool: 'insert', line: 3, text: 'c' },
                ],
              },
              { kind: 'error', status: 529, type: 'overloaded_error', retryAfterSeconds: 1 },
              { kind: 'stop', reason: 'refusal' },
              { kind: 'report', report: { built: 'it', tests: 'green', issues: [] } },
            ],
          },
        ],
      },
    })
  })

  it('refuses unknown keys at their line and column and names the known ones', () => {
    expect(problems('sessions:\n  - role: fix-executor\n    fase: 1\n    turns:\n      - say: hi\n')).toEqual([
      expect.objectContaining({
        line: 3,
        column: 5,
        message: '`fase` is unknown in a session',
        hint: expect.stringContaining('phase'),
      }),
    ])
  })

  it('reports all problems of a score, not the first alone', () => {
    const found = problems(
      'sessions:\n  - role: boss\n    turns:\n      - tools: [{ bash: ls, view: a }]\n      - delay: soon\n        say: x\n      - {}\n      - error: { status: 200, type: x }\n      - stop: whenever\n',
    )
    expect(found.map((problem) => problem.line)).toEqual([2, 4, 5, 7, 8, 9])
  })

  it.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['no sessions', 'sessions: []'],
    ['a session without turns', 'sessions: [{ role: fix-executor }]'],
    ['broken YAML', 'sessions: ['],
    ['a duplicate key', 'sessions: []\nsessions: []'],
    ['an alias', 'sessions: [&a { role: fix-executor, turns: [{ say: x }] }, *a]'],
    ['a prototype key', 'sessions: [{ role: fix-executor, __proto__: {}, turns: [{ say: x }] }]'],
  ])('refuses %s with a place', (_, text) => {
    const [first] = problems(text)
    expect(first?.line).toBeGreaterThan(0)
    expect(first?.column).toBeGreaterThan(0)
  })

  it('answers an alias bomb at once', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
      .join('\n')}\nsessions: *h\n`
    const started = performance.now()
    expect(problems(bomb).length).toBeGreaterThan(0)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('never throws, and always says something about what it refuses', () => {
    const words = [
      'sessions:',
      '- ',
      'role: fix-executor',
      'turns:',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      'say: x',
      'tools:',
      ': ',
      '&a',
      '*a',
      '!!js',
      '"',
      '\t',
      '---',
      '?',
      '|',
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })), { maxLength: 30 })
    fc.assert(
      fc.property(text, (parts) => {
        const check = checkScore(parts.join(''))
        if (check.kind === 'problems') expect(check.problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })
})
