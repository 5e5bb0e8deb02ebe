import { describe, expect, it } from 'vitest'
import { runSession } from '../src/index.ts'
import { readVerdict } from '../src/tools/verdict.ts'
import { assignment, playSession, temporaryDirectory } from './session-rig.ts'

const finding = { file: 'a.mjs', line: 3, severity: 'major', what: 'wrong', why: 'a case', suggestion: 'right' }
const criterion = { criterion: 1, holds: 'yes', why: 'read', citations: [{ file: './a.mjs', line: 1 }] }
const verdict = { verdict: 'request-changes', summary: 's', findings: [finding], criteria: [criterion] }

describe('readVerdict', () => {
  it('takes what has every field, with paths as git prints them', () => {
    expect(readVerdict(verdict)).toEqual({
      kind: 'verdict',
      verdict: { ...verdict, criteria: [{ ...criterion, citations: [{ file: 'a.mjs', line: 1 }] }] },
    })
  })

  it.each([
    ['nothing', undefined, /`verdict` is one of/],
    ['a word of its own', { ...verdict, verdict: 'APPROVED' }, /`verdict` is one of approve, request-changes/],
    ['no summary', { ...verdict, summary: 1 }, /`summary`/],
    ['no list of findings', { ...verdict, findings: undefined }, /`findings` is a list/],
    ['no list of criteria', { ...verdict, criteria: {} }, /`criteria` is a list/],
    ['a finding on line 0', { ...verdict, findings: [finding, { ...finding, line: 0 }] }, /finding 2 needs/],
    ['a finding on half a line', { ...verdict, findings: [{ ...finding, line: 1.5 }] }, /finding 1 needs/],
    ['a finding without a file', { ...verdict, findings: [{ ...finding, file: '' }] }, /finding 1 needs/],
    ['a finding without a what', { ...verdict, findings: [{ ...finding, what: ' ' }] }, /finding 1 needs/],
    ['a finding without a why', { ...verdict, findings: [{ ...finding, why: undefined }] }, /finding 1 needs/],
    ['a finding without a suggestion', { ...verdict, findings: [{ ...finding, suggestion: 1 }] }, /finding 1 needs/],
    ['a severity of its own', { ...verdict, findings: [{ ...finding, severity: 'bad' }] }, /finding 1 needs/],
    ['a criterion without a number', { ...verdict, criteria: [{ ...criterion, criterion: 'x' }] }, /entry 1 of/],
    ['a criterion that may hold', { ...verdict, criteria: [{ ...criterion, holds: 'maybe' }] }, /entry 1 of/],
    ['a criterion without a why', { ...verdict, criteria: [{ ...criterion, why: null }] }, /entry 1 of/],
    [
      'a criterion with half a citation',
      { ...verdict, criteria: [{ ...criterion, citations: [{ file: 'a' }] }] },
      /entry 1/,
    ],
    ['a criterion without citations', { ...verdict, criteria: [{ ...criterion, citations: undefined }] }, /entry 1 of/],
    ['more findings than anybody reads', { ...verdict, findings: Array(101).fill(finding) }, /at most 100 findings/],
  ])('says what is wrong with %s', (_, value, problem) => {
    const read = readVerdict(value)
    expect(read).toMatchObject({ kind: 'unreadable', problem: expect.stringMatching(problem) })
  })

  it('takes a hundred findings, and cuts what is long', () => {
    const long = { ...finding, why: 'x'.repeat(3_000) }
    const read = readVerdict({ ...verdict, findings: Array(100).fill(long) })
    const [first] = read.kind === 'verdict' ? read.verdict.findings : []
    expect(first?.why).toHaveLength(2_000 + ' [… 1000 characters cut]'.length)
    const exact = readVerdict({ ...verdict, findings: [{ ...finding, why: 'x'.repeat(2_000) }] })
    expect(exact).toMatchObject({ verdict: { findings: [{ why: 'x'.repeat(2_000) }] } })
  })
})

/** A score with one session of a reviewer. */
const judge = (...turns: string[]): string =>
  `sessions:\n  - role: code-reviewer\n    turns:\n${turns.map((turn) => `      - ${turn}\n`).join('')}`
const reviewer = { assignment: { ...assignment, role: 'code-reviewer' as const } }
const approve = 'verdict: { verdict: approve, summary: fine }'

describe('a session of a judge with the Messages API', () => {
  it('ends with a verdict', async () => {
    const { outcome } = await playSession(judge('tools: [{ bash: ls }]', approve), reviewer)
    expect(outcome).toMatchObject({ kind: 'judged', verdict: { verdict: 'approve', findings: [], criteria: [] } })
  })

  it('does not end with prose, whatever it says', async () => {
    const { outcome, transcriptText } = await playSession(judge('say: APPROVED', 'say: LGTM', 'say: Ship it'), reviewer)
    expect(outcome).toMatchObject({ kind: 'format' })
    expect(transcriptText).toContain('You stopped without calling `verdict`')
  })

  it('has no tool to report with, and cannot edit', async () => {
    const create = 'tools: [{ create: { path: new.txt, text: mine } }]'
    const report = 'report: { built: it, tests: green }'
    const { outcome, transcriptText, problems } = await playSession(judge(create, report, approve), reviewer)
    expect(outcome).toMatchObject({ kind: 'judged' })
    expect(transcriptText).toContain('Your role changes nothing')
    expect(transcriptText).toContain('There is no tool `report`')
    expect(problems.some((problem) => problem.includes('may only `view`'))).toBe(true)
  })

  it('is not open to those who build', async () => {
    const score = judge(approve, approve, approve).replace('code-reviewer', 'implementation-executor')
    expect((await playSession(score)).outcome).toMatchObject({ kind: 'format' })
  })
})

describe('a session of a judge that is a program', () => {
  const run = (script: string) => {
    const directory = temporaryDirectory()
    return runSession({
      ...reviewer,
      agent: { driver: 'command', command: `cat > /dev/null; ${script}` },
      budget: { turns: 1, tokens: 1, wallMs: 30_000 },
      directory,
      readOnly: [],
      transcriptFile: `${directory}/transcript.jsonl`,
      env: { PATH: process.env['PATH'] ?? '' },
      secrets: [],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
  }
  const json = '{"verdict":"approve","summary":"s","findings":[],"criteria":[]}'

  it.each([
    ['a fenced block', `printf '%s\\n' prose '\`\`\`json' '${json}' '\`\`\`'`],
    ['a last line', `echo '${json}'`],
  ])('takes %s', async (_, script) => {
    expect(await run(script)).toMatchObject({ kind: 'judged', verdict: { verdict: 'approve' } })
  })

  it.each([
    ['prose', 'echo APPROVED', /no verdict as a fenced `json` block/],
    ['a verdict that it printed before something else', `echo '${json}'; echo '{"other":1}'`, /no verdict/],
    ['half a verdict', `echo '{"verdict":"approve"}'`, /its verdict cannot be read: `summary`/],
  ])('does not take %s', async (_, script, message) => {
    expect(await run(script)).toMatchObject({ kind: 'format', message: expect.stringMatching(message) })
  })

  it('does not take the verdict of a program that failed', async () => {
    expect(await run(`echo '${json}'; exit 3`)).toMatchObject({ kind: 'unavailable' })
  })
})
