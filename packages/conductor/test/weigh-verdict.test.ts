import type { Verdict } from '@nx-conduct/agent'
import type { RecordedVerdict } from '@nx-conduct/store'
import { describe, expect, test } from 'vitest'
import type { ReviewRule } from '../src/gates/gate-kind.ts'
import { checkVerdict, failuresIn, findingText } from '../src/gates/review/weigh-verdict.ts'

const lines = new Map([
  ['a.ts', 3],
  ['empty.ts', 1],
])
const linesOf = (path: string) => lines.get(path)

function finding(file: string, line: number, severity: 'critical' | 'major' | 'minor' = 'major') {
  return { file, line, severity, what: 'wrong', why: 'a case', suggestion: 'right' }
}

function said(more: Partial<Verdict>): Verdict {
  return { verdict: 'request-changes', summary: 's', findings: [], criteria: [], ...more }
}

describe('checkVerdict', () => {
  test('keeps what is about lines that exist, up to the last, and counts the rest', () => {
    const findings = [finding('a.ts', 3), finding('a.ts', 4), finding('b.ts', 1), finding('empty.ts', 1)]
    const checked = checkVerdict(said({ findings }), [], linesOf)
    expect(checked).toEqual({
      kind: 'usable',
      verdict: {
        verdict: 'request-changes',
        summary: 's',
        findings: [finding('a.ts', 3), finding('empty.ts', 1)],
        dropped: 2,
        criteria: [],
      },
    })
  })

  test.each([
    ['names none', [], 'It asks for changes and names none.'],
    [
      'names one line that does not exist',
      [finding('a.ts', 4)],
      'It asks for changes, and its one finding is about a line that does not exist.',
    ],
    [
      'names only lines that do not exist',
      [finding('a.ts', 4), finding('b.ts', 1)],
      'It asks for changes, and its 2 findings are about lines that do not exist.',
    ],
  ])('is of no use where it asks for changes and %s', (_, findings, why) => {
    expect(checkVerdict(said({ findings }), [], linesOf)).toEqual({ kind: 'unusable', why })
  })

  test('is of use where it approves and its only finding is about a line that does not exist', () => {
    const checked = checkVerdict(said({ verdict: 'approve', findings: [finding('b.ts', 1)] }), [], linesOf)
    expect(checked).toMatchObject({ kind: 'usable', verdict: { findings: [], dropped: 1 } })
  })

  const cited = [{ file: 'a.ts', line: 1 }]
  const judge = (criteria: Verdict['criteria'], texts = ['fast']) => {
    const checked = checkVerdict(said({ verdict: 'approve', criteria }), texts, linesOf)
    return checked.kind === 'usable' ? checked.verdict.criteria : []
  }

  test('takes the answer to each criterion by its number, with the lines that exist', () => {
    const criteria = [
      { criterion: 2, holds: 'no', why: 'w2', citations: [...cited, { file: 'b.ts', line: 1 }] },
      { criterion: 1, holds: 'yes', why: 'w1', citations: cited },
    ] as const
    expect(judge(criteria, ['fast', 'small'])).toEqual([
      { text: 'fast', holds: 'yes', why: 'w1', citations: cited },
      { text: 'small', holds: 'no', why: 'w2', citations: cited },
    ])
  })

  test.each([
    ['is not answered', [], 'not judged'],
    ['is said to hold without a line', [{ criterion: 1, holds: 'yes', why: 'w', citations: [] }], 'w'],
    ['is said to be broken without a line', [{ criterion: 1, holds: 'no', why: 'w', citations: [] }], 'w'],
    [
      'is said to hold by a line that does not exist',
      [{ criterion: 1, holds: 'yes', why: 'w', citations: [{ file: 'a.ts', line: 4 }] }],
      'w',
    ],
    ['is unclear', [{ criterion: 1, holds: 'unclear', why: 'w', citations: cited }], 'w'],
  ] as const)('leaves a criterion open that %s', (_, criteria, why) => {
    expect(judge(criteria)).toMatchObject([{ text: 'fast', holds: 'unclear', why }])
  })

  test('counts the worse word where it contradicts itself', () => {
    const word = (holds: 'yes' | 'no' | 'unclear') => ({ criterion: 1, holds, why: holds, citations: cited })
    expect(judge([word('yes'), word('no')])).toMatchObject([{ holds: 'no' }])
    expect(judge([word('unclear'), word('no')])).toMatchObject([{ holds: 'no' }])
    expect(judge([word('yes'), word('unclear')])).toMatchObject([{ holds: 'unclear' }])
  })

  test('is of use where it asks for changes and shows that a criterion is broken', () => {
    const criteria = [{ criterion: 1, holds: 'no', why: 'w', citations: cited }] as const
    expect(checkVerdict(said({ criteria }), ['fast'], linesOf)).toMatchObject({ kind: 'usable' })
    expect(checkVerdict(said({ criteria: [{ ...criteria[0], holds: 'yes' }] }), ['fast'], linesOf)).toMatchObject({
      kind: 'unusable',
    })
  })
})

describe('failuresIn', () => {
  const rule = (more: Partial<ReviewRule> = {}): ReviewRule => ({
    scope: 'phase',
    of: 'x',
    fails: 'major',
    criteria: [],
    strict: false,
    ...more,
  })
  const verdict = (more: Partial<RecordedVerdict>): RecordedVerdict => ({
    verdict: 'approve',
    summary: 's',
    findings: [],
    dropped: 0,
    criteria: [],
    ...more,
  })
  const all = [finding('a.ts', 1, 'critical'), finding('a.ts', 2, 'major'), finding('a.ts', 3, 'minor')]

  test.each([
    ['critical', 1],
    ['major', 2],
    ['minor', 3],
  ] as const)('has what is %s or worse', (fails, count) => {
    expect(failuresIn(verdict({ findings: all }), rule({ fails }))).toEqual(all.slice(0, count).map(findingText))
  })

  test('has broken criteria, and where they are strict those that were not shown to hold', () => {
    const criteria = (['yes', 'no', 'unclear'] as const).map((holds) => ({
      text: holds,
      holds,
      why: 'w',
      citations:
        holds === 'unclear'
          ? []
          : [
              { file: 'a.ts', line: 1 },
              { file: 'a.ts', line: 2 },
            ],
    }))
    expect(failuresIn(verdict({ criteria }), rule())).toEqual(['a.ts:1, a.ts:2: criterion "no" does not hold: w'])
    expect(failuresIn(verdict({ criteria }), rule({ strict: true }))).toEqual([
      'a.ts:1, a.ts:2: criterion "no" does not hold: w',
      'criterion "unclear" was not shown to hold: w',
    ])
  })

  test('a finding is read with its reason and what would be right', () => {
    expect(findingText(finding('a.ts', 1))).toBe('a.ts:1: major: wrong\n  why: a case\n  suggestion: right')
    expect(findingText({ ...finding('a.ts', 1), why: ' ', suggestion: '' })).toBe('a.ts:1: major: wrong')
  })
})
