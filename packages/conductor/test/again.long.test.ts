import { afterEach, describe, expect, test } from 'vitest'
import { checkHistory, forecast, forecastText, readStatus, redo, rollback, statusText } from '../src/index.ts'
import { type PhaseText, specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const phase = (name: string, id: number, ...more: readonly string[]): PhaseText => [
  name,
  `- Make ${name}`,
  `Test Command: test -f phase-${id}.txt`,
  ...more,
]
const two = [phase('One', 1), phase('Two', 2)] as const

async function built(spec = specOf(...two)): Promise<void> {
  workspace = await Workspace.with({ spec })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
}

const plan = async () => forecastText('spec', await forecast(await workspace.open()))

describe('what is built stays built', () => {
  test('through a squash merge onto another branch', async () => {
    workspace = await Workspace.with({ spec: specOf(...two) })
    await workspace.git('checkout', '--quiet', '-b', 'work')
    expect((await workspace.conduct()).failures).toEqual([])
    await workspace.git('checkout', '--quiet', 'main')
    await workspace.git('merge', '--quiet', '--squash', 'work')
    await workspace.git('commit', '--quiet', '--message', 'All at once')
    const again = await workspace.conduct()
    expect(again.outcomes.get('finalize')).toMatchObject({ source: 'satisfied' })
    expect(again.agents).toEqual([])
  })

  test('when phases are inserted and renumbered: only the new one is built', async () => {
    await built()
    const inserted: PhaseText = ['Between', '- Make something', 'Test Command: test -f phase-1.txt']
    await workspace.commit({ '.spec/SPEC.md': specOf(two[0], inserted, two[1]) })
    expect(await plan()).toContain('Agents would run for 1 of 3 phases: 2.')
    await workspace.agents.play({ implement: 'echo between > between.txt' })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 between'])
    expect(run.outcomes.get('3/validate')).toMatchObject({ kind: 'accepted' })
  })

  test('until a phase is reverted: then its earlier result is adopted and proven again, and no agent runs', async () => {
    await built()
    const commit = await workspace.git('log', '--format=%H', '--grep=Conduct-Phase: 2')
    await workspace.git('revert', '--no-edit', commit)
    await workspace.commit({ 'notes.txt': 'mine\n' })
    expect(await plan()).toMatch(/phase 2 +Two +adopt/)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual([])
    expect(run.outcomes.get('2/integrate')).toMatchObject({ source: 'adopted' })
    expect(await workspace.read('phase-2.txt')).toBe('phase 2\n')
    expect(await workspace.read('notes.txt')).toBe('mine\n')
  })

  test('and is not adopted where it does not merge: then agents run', async () => {
    await built()
    const commit = await workspace.git('log', '--format=%H', '--grep=Conduct-Phase: 2')
    await workspace.git('revert', '--no-edit', commit)
    await workspace.commit({ 'phase-2.txt': 'in the way\n' })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
  })

  test('as soon as a step is recorded: the same question on the same tree is not asked again', async () => {
    workspace = await Workspace.with({ spec: specOf(...two) })
    await workspace.conduct({ only: (id) => id.startsWith('1/') })
    expect(await plan()).toMatch(/phase 1 +One +recorded[\s\S]*phase 2 +Two +run/)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.outcomes.get('1/implement/one')).toMatchObject({ source: 'recorded' })
    expect(run.agents).toEqual(['implement 2 two'])
  })
})

test('a satisfied phase that names no test does not keep a run from its end', async () => {
  const spec = (task: string) => specOf(['One', '- a'], ['Two', `- ${task}`])
  await built(spec('b'))
  await workspace.commit({ '.spec/SPEC.md': spec('b, better') })
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual(['implement 2 two'])
  const status = await readStatus(await workspace.open())
  if (!status) throw new Error('there is a run')
  expect(status.summary.phases.map((each) => each.status)).toEqual(['satisfied', 'complete'])
})

test('a satisfied phase whose test is red now is fixed on the base as it is', async () => {
  await built()
  await workspace.git('rm', '--quiet', 'phase-1.txt')
  await workspace.commit({})
  await workspace.agents.play({ 'fix 1': 'echo again > phase-1.txt' })
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual(['fix 1'])
  expect(await workspace.read('phase-1.txt')).toBe('again\n')
})

test('a second spec in a folder is run under its own name and log', async () => {
  workspace = await Workspace.with({
    spec: specOf(...two),
    files: { 'libs/x/.spec/SPEC.md': specOf(['One', '- a', 'Test Command: test -f phase-1.txt']) },
  })
  const other = workspace.beside({ specFile: 'libs/x/.spec/SPEC.md' })
  const run = await other.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.refs('refs/conduct/spec')).toEqual([])
  expect(await workspace.refs('refs/conduct/x-spec/log')).toEqual(['refs/conduct/x-spec/log'])
  expect(await workspace.git('ls-tree', '-r', '--name-only', 'main', 'libs/x/.spec/phases')).toBe(
    'libs/x/.spec/phases/1/built.json\nlibs/x/.spec/phases/1/phase.json',
  )
  expect((await other.conduct()).agents).toEqual([])
})

describe('what is deliberately done again', () => {
  test('is refused once it is merged, with the command that reverts it; after that it is built', async () => {
    await built()
    const context = await workspace.open()
    const refused = await redo(context, '2').catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'already-merged',
      message: expect.stringContaining('main holds phase 2 already'),
    })
    const command = /git revert --no-edit [0-9a-f]{12}/.exec((refused as { hint: string }).hint)?.[0] ?? ''
    await workspace.git(...command.split(' ').slice(1))
    await redo(await workspace.open(), '2')
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
  })

  test('is built again with all that depends on it; what was there is kept under a ref, and the history checks out', async () => {
    const spec = specWith('rounds: 0', phase('One', 1), phase('Two', 2), [
      'Three',
      '- c',
      'Depends On: 1',
      'Test Command: test -f red.txt',
    ])
    workspace = await Workspace.with({ spec })
    expect((await workspace.conduct()).failures).toMatchObject([{ id: '3/test' }])
    const before = await workspace.git('rev-parse', 'refs/conduct/spec/checkpoint/2')
    const back = await rollback(await workspace.open(), 'phase-1')
    expect(back.phases.map(({ id }) => id)).toEqual(['2', '3'])
    expect(back.kept).toEqual([
      { phase: '2', ref: `refs/conduct/spec/archive/2-${before.slice(0, 12)}`, commit: before },
    ])
    const status = await readStatus(await workspace.open())
    if (!status) throw new Error('there is a run')
    expect(statusText(status, 'none')).toMatch(/✔ +phase 1/)
    expect(statusText(status, 'none')).not.toMatch(/✔ +phase 2/)

    const again = await workspace.conduct()
    expect([...again.agents].sort()).toEqual(['implement 2 two', 'implement 3 three'])
    await workspace.git('gc', '--quiet', '--prune=now')
    expect(await workspace.git('cat-file', '-t', before)).toBe('commit')
    expect(await checkHistory(workspace.root, 'spec')).toMatchObject({ problems: [] })
  })

  test('goes back to a checkpoint by its commit; an unknown one is refused with the command that lists them', async () => {
    workspace = await Workspace.with({ spec: specOf(...two) })
    await workspace.conduct({ only: (id) => id !== 'finalize' })
    const context = await workspace.open()
    const commit = await workspace.git('rev-parse', 'refs/conduct/spec/checkpoint/1')
    expect((await rollback(context, commit.slice(0, 10))).to.id).toBe('1')
    await expect(rollback(context, '9')).rejects.toMatchObject({ code: 'unknown-phase' })
  })
})

describe('each task in a process of its own', () => {
  const away = () => workspace.git('clean', '-dxfq', '.conduct')

  test('builds the same, without any artifact on disk', async () => {
    await built(specOf(two[0]))
    const tree = await workspace.git('rev-parse', 'main^{tree}')
    await workspace.startOver()
    const ends = await workspace.conductEach({}, away)
    expect(ends.flatMap(({ failures }) => failures)).toEqual([])
    expect(ends.flatMap(({ agents }) => agents)).toEqual(['implement 1 one'])
    expect(await workspace.git('rev-parse', 'main^{tree}')).toBe(tree)
  })

  test('the last one alone performs all that it depends on', async () => {
    workspace = await Workspace.with({ spec: specOf(...two) })
    const run = await workspace.conduct({ only: (id) => id === 'finalize' })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'implement 2 two'])
    const { runs } = await (await workspace.open()).log.state()
    expect(Object.keys(Object.values(runs)[0]?.complete ?? {})).toEqual(['1', '2'])
  })

  test('a failed predecessor fails the steps behind it once, without running it again', async () => {
    workspace = await Workspace.with({ spec: specWith('rounds: 0', ['One', '- a', 'Test Command: exit 1']) })
    const run = await workspace.conduct({ only: (id) => id === 'finalize' || id === '1/checkpoint' })
    expect(run.failures).toMatchObject([{ id: '1/checkpoint', reason: 'escalated' }])
    expect(run.skipped).toEqual(['finalize'])
    expect(run.said.filter(({ type }) => type === 'gate')).toHaveLength(1)
  })
})
