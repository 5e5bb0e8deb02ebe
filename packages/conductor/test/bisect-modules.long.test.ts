import { afterEach, describe, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const specOfModules = (modules: string, command: string, rounds: number) =>
  specWith(`rounds: ${rounds}`, ['One', '- a', `Modules: ${modules}`, `Test Command: ${command}`])

describe('a red merge of green modules', () => {
  test('names the pair to the fixing agent, with evidence on each tree', async () => {
    workspace = await Workspace.with({
      spec: specOfModules('a, b, c', 'test ! -d a || test ! -d c || test -f fixed.txt', 1),
      agents: { 'fix 1': 'echo x > fixed.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('modules-bisected')
    expect(await workspace.agents.prompt()).toContain(
      'As the modules were merged, before any fix: each module alone passes; `a` and `c` together fail.',
    )
    const { evidence } = await (await workspace.open()).log.state()
    const ofTest = Object.values(evidence).filter(({ gate }) => gate === 'test')
    // The merged tree, three modules, two pairs (the red one last), and the fixed tree.
    expect(new Set(ofTest.map(({ tree }) => tree)).size).toBe(7)
    expect(ofTest.filter(({ outcome }) => outcome === 'failed')).toHaveLength(2)
  })

  test('names the pair in the escalation', async () => {
    workspace = await Workspace.with({ spec: specOfModules('a, b', 'test ! -d a || test ! -d b', 0) })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      {
        reason: 'escalated',
        message: expect.stringContaining(
          '(as the modules were merged: each module alone passes; `a` and `b` together fail)',
        ),
      },
    ])
  })

  test('names the module that is red alone', async () => {
    workspace = await Workspace.with({ spec: specOfModules('a, b', 'test ! -d b', 0) })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ message: expect.stringContaining('`b` alone fails as well') }])
    const again = await workspace.conduct()
    expect(again.failures).toMatchObject([{ message: expect.stringContaining('`b` alone fails as well') }])
    const gates = again.said.filter((progress) => progress.type === 'gate' && progress.place.step === 'test')
    // The merged tree, and the evidence that `a` passes; that `b` fails is recorded.
    expect(gates).toMatchObject([{ recorded: false }, { recorded: true }])
  })

  test('is not bisected where one module changed something', async () => {
    workspace = await Workspace.with({
      spec: specOfModules('a, b', 'test ! -d a', 0),
      agents: { 'implement 1 b': 'true' },
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ reason: 'escalated' }])
    expect(run.notices).not.toContain('modules-bisected')
  })
})
