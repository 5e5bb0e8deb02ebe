import { afterEach, describe, expect, test } from 'vitest'
import { readStatus, statusText } from '../src/index.ts'
import { verifyPlan } from '../src/views/verify/verify-plan.ts'
import { specWith } from './rig/spec.ts'
import { approve, finding, verdict } from './rig/verdicts.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const good = 'Test Command: test -f phase-1.txt'
async function problems(): Promise<readonly string[]> {
  const { repository } = (await workspace.open()).workspace
  return (await verifyPlan(repository.commonDir, 'spec')).problems.map(({ rule, message }) => `${rule}: ${message}`)
}

async function status(): Promise<string> {
  const found = await readStatus(await workspace.open())
  return found === undefined ? '' : statusText(found, 'none')
}

describe('a review of each phase', () => {
  const each = (...lines: string[]) => specWith('review: each', ['One', '- a', good, ...lines])

  test('runs once per tree, after everything else passed, and is evidence of the phase', async () => {
    workspace = await Workspace.with({ spec: each() })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.toSorted()).toEqual(['audit 1', 'implement 1 one', 'review 1'])
    expect(await problems()).toEqual([])
    const { runs, evidence } = await (await workspace.open()).log.state()
    const complete = Object.values(runs)[0]?.complete['1']
    expect(complete?.gates.map(({ gate }) => gate)).toEqual(expect.arrayContaining(['review', 'audit']))
    expect(Object.values(evidence).filter(({ session }) => session !== undefined)).toHaveLength(2)
    expect((await workspace.conduct()).agents).toEqual([])
  })

  test('comes only once the tests pass', async () => {
    workspace = await Workspace.with({
      spec: each('Files:', '- made.txt'),
      agents: { 'fix 1': 'echo made > made.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.slice(0, 2)).toEqual(['implement 1 one', 'fix 1'])
    expect(run.agents.slice(2).toSorted()).toEqual(['audit 1', 'review 1'])
  })

  test('gives findings that count to the fix-executor, and judges its tree again', async () => {
    workspace = await Workspace.with({
      spec: each(),
      agents: {
        'review 1': `grep -q better phase-1.txt && { ${approve.replace('\nEND', '\nEND\n')} } || ${verdict({ findings: [finding('phase-1.txt', 1)] })}`,
        'fix 1': 'echo better > phase-1.txt',
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.filter((who) => who.startsWith('fix'))).toEqual(['fix 1'])
    expect(run.agents.filter((who) => who === 'review 1')).toHaveLength(2)
    expect(await workspace.read('phase-1.txt')).toBe('better\n')
    expect(await problems()).toEqual([])
  })

  test('leaves smaller findings to people, and names them in the summary', async () => {
    workspace = await Workspace.with({
      spec: each(),
      agents: {
        'review 1': verdict({
          findings: [finding('phase-1.txt', 1, 'minor'), finding('phase-1.txt', 99), finding('no.txt', 1)],
        }),
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    const text = await status()
    expect(text).toContain('The code-reviewer passes phase 1: 1 finding; 2 dropped, about lines that do not exist')
    expect(text).toContain('! phase-1.txt:1: minor: phase-1.txt is wrong')
    expect(text).toMatch(/security-auditor +1 session/)
  })

  test('keeps nothing of what the agent writes', async () => {
    workspace = await Workspace.with({
      spec: each(),
      agents: { 'review 1': `echo other > phase-1.txt; echo new > new.txt; git commit -qam mine; ${approve}` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('judge-changed-files')
    expect(await workspace.read('phase-1.txt')).toBe('phase 1\n')
    await expect(workspace.read('new.txt')).rejects.toThrow()
  })
})

describe('a review of the whole', () => {
  const phases = [
    ['One', '- a', good, 'Success Criteria:', '- It reads well'],
    ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  ] as const

  test('is made at the end, of the change of the run', async () => {
    workspace = await Workspace.with({ spec: specWith('review: final', ...phases) })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.slice(2).toSorted()).toEqual(['audit', 'review'])
    const prompt = await workspace.agents.prompt()
    expect(prompt).toContain('Phase 2, Two: b')
    expect(prompt).toContain('+phase 2')
    expect(await problems()).toEqual([])
    // Nothing is left to judge.
    expect((await workspace.conduct()).agents).toEqual([])
  })

  test('has what it finds fixed before the branch moves', async () => {
    workspace = await Workspace.with({
      spec: specWith('review: final', ...phases),
      agents: {
        'audit final': `grep -q safe phase-2.txt && { ${approve}\n} || ${verdict({ findings: [finding('phase-2.txt', 1)] })}`,
        fix: 'echo safe > phase-2.txt',
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.read('phase-2.txt')).toBe('safe\n')
    expect(await problems()).toEqual([])
  })

  const judged = (holds: string, line = 1) =>
    verdict({
      verdict: 'approve',
      criteria: [{ criterion: 1, holds, why: 'read it', citations: [{ file: 'phase-1.txt', line }] }],
    })

  test('says which criteria it finds to hold, apart from what a machine checked', async () => {
    const agents = { 'review final': judged('yes') }
    workspace = await Workspace.with({ spec: specWith('review: final', ...phases), agents })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await status()).toMatch(/says that they hold:\n +~ phase 1: It reads well \(phase-1\.txt:1\)/)
  })

  test('leaves criteria to people where they say so', async () => {
    workspace = await Workspace.with({
      spec: specWith('review: final\ncriteria: people', ...phases),
      agents: { 'review final': judged('no') },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await status()).toContain('? phase 1: It reads well')
  })
})
