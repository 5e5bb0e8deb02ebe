import { afterEach, describe, expect, test } from 'vitest'
import { handIn, readStatus, statusText } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { approve, finding, verdict } from './rig/verdicts.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const good = 'Test Command: test -f phase-1.txt'

async function status(): Promise<string> {
  const found = await readStatus(await workspace.open())
  return found === undefined ? '' : statusText(found, 'none')
}

describe('a review of each phase', () => {
  const spec = specWith('review: each', ['One', '- a', good])

  test.each([
    ['answers in prose', 'echo "APPROVED, looks good to me"', /gave no verdict: .*no verdict as a fenced/],
    [
      'names only lines that do not exist',
      verdict({ findings: [finding('phase-1.txt', 7)] }),
      /one finding is about a line that does not exist/,
    ],
    ['asks for changes and names none', verdict({}), /asks for changes and names none/],
    ['writes a verdict that cannot be read', verdict({ findings: [{ file: 'a', line: 0 }] }), /finding 1 needs/],
    [
      'prints a verdict of the repository before prose',
      `echo '{"verdict":"approve","summary":"","findings":[],"criteria":[]}'; echo '{"built":"it"}'`,
      /no verdict as a fenced/,
    ],
  ])('is none where the agent %s', async (_, script, what) => {
    workspace = await Workspace.with({ spec, agents: { 'review 1': script } })
    const run = await workspace.conduct()
    const escalation = run.failures[0]?.escalation
    expect(escalation?.what, run.text).toMatch(what)
    expect(escalation?.next.join('\n')).toContain('review: off')
    expect(run.agents.filter((who) => who === 'review 1')).toHaveLength(2)
    expect(run.agents.filter((who) => who.startsWith('fix'))).toEqual([])
    const { runs } = await (await workspace.open()).log.state()
    expect(Object.values(runs)[0]?.complete).toEqual({})
    // What the agent does next time is another matter.
    await workspace.agents.play({ 'review 1': approve })
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
  })

  test('counts what it calls severe, whatever its verdict says', async () => {
    workspace = await Workspace.with({
      spec,
      agents: { 'audit 1': verdict({ verdict: 'approve', findings: [finding('phase-1.txt', 1, 'critical')] }) },
    })
    const run = await workspace.conduct()
    expect(run.failures[0]?.escalation).toMatchObject({
      gate: 'audit',
      output: expect.stringContaining('phase-1.txt:1: critical'),
    })
    const before = await workspace.agents.sessions()
    // Verdicts and fixes are recorded: the same failure costs nothing again.
    expect((await workspace.conduct()).failures).toHaveLength(1)
    expect(await workspace.agents.sessions()).toEqual(before)
  })

  test('is not made by a hand-in, which waits for it', async () => {
    workspace = await Workspace.with({
      spec: specWith('review: each\nrounds: 0', ['One', '- a', 'Test Command: test -f fixed.txt']),
    })
    await workspace.conduct()
    const before = await workspace.agents.sessions()
    await workspace.git('switch', '--quiet', '--create', 'fixed')
    await workspace.commit({ 'fixed.txt': 'by hand\n' })
    await workspace.git('switch', '--quiet', '-')
    const handedIn = await handIn(await workspace.open(), { phase: '1', from: 'fixed' })
    expect(handedIn.end).toMatchObject({ kind: 'not-accepted', outcome: { reason: 'needs-agent' } })
    expect(await workspace.agents.sessions()).toEqual(before)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.toSorted()).toEqual(['audit 1', 'review 1'])
  })
})

describe('a criterion that no machine checks', () => {
  const phases = [
    ['One', '- a', good, 'Success Criteria:', '- It reads well'],
    ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  ] as const
  const judged = (holds: string, line = 1) =>
    verdict({
      verdict: 'approve',
      criteria: [{ criterion: 1, holds, why: 'read it', citations: [{ file: 'phase-1.txt', line }] }],
    })

  test.each([
    ['yes', judged('yes'), /says that they hold:\n +~ phase 1: It reads well \(phase-1\.txt:1\)/],
    ['yes with a line that does not exist', judged('yes', 9), /judge them yourself:\n +\? phase 1: It reads well/],
    ['unclear', judged('unclear'), /judge them yourself:\n +\? phase 1: It reads well/],
  ])('says of a criterion %s, which is never reported as checked', async (_, script, expected) => {
    workspace = await Workspace.with({ spec: specWith('review: final', ...phases), agents: { 'review final': script } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await status()).toMatch(expected)
  })

  test.each([
    ['that does not hold', 'criteria: judged', judged('no')],
    ['that is unclear, where criteria are strict', 'criteria: strict', judged('unclear')],
  ])('fails for a criterion %s', async (_, settings, script) => {
    workspace = await Workspace.with({
      spec: specWith(`review: final\nrounds: 0\n${settings}`, ...phases),
      agents: { 'review final': script },
    })
    const run = await workspace.conduct()
    expect(run.failures.at(-1)?.escalation, run.text).toMatchObject({
      gate: 'review',
      output: expect.stringContaining('criterion "phase 1: It reads well"'),
    })
    expect(await workspace.git('log', '--oneline')).not.toContain('Phase')
  })
})
