import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ended } from './rig/conductor.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

/** Nx restored all that it caches. */
const uncached = (id: string) => id === 'finalize' || id.endsWith('/checkpoint')

const refusals = (of: Workspace) => of.refs('refs/conduct/spec/refused')

async function sourcesOf(workspace: Workspace, wanted: string): Promise<readonly unknown[]> {
  const { steps } = await (await workspace.open()).log.state()
  return Object.values(steps)
    .filter(({ step }) => step === wanted)
    .map(({ source }) => source)
}

describe('an empty run log and a full cache of Nx', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())
  const machine = (name: string) => workspace.agents.program('machine', `echo ${name}`)

  beforeEach(async () => {
    workspace = await Workspace.with({
      spec: specOf(
        ['One', '- a', 'Test Command: test "$(cat phase-1.txt)" = "$(machine)"'],
        ['Two', '- b', 'Test Command: test -f phase-2.txt'],
      ),
      agents: { 'fix 1': 'machine > phase-1.txt' },
    })
    await machine('first')
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'fix 1', 'implement 2 two'])
  })

  test('whose work passes here is imported without running any agent', async () => {
    const tree = await workspace.git('rev-parse', 'main^{tree}')
    await workspace.startOver()
    const run = await workspace.conduct({ only: uncached })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual([])
    expect(await workspace.git('rev-parse', 'main^{tree}')).toBe(tree)
    expect(await sourcesOf(workspace, 'implement')).toEqual(['imported', 'imported'])
    expect(await sourcesOf(workspace, 'test')).toEqual(['imported', 'executed'])
    expect(await refusals(workspace)).toEqual([])
  })

  test('whose work is red here is refused, its ref moves, and the step is performed under its budget', async () => {
    await workspace.startOver()
    await machine('second')
    const run = await workspace.conduct({ only: uncached })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toContain('fix 1')
    expect(run.notices).toContain('artifact-ignored')
    expect(run.text).toContain('.conduct/spec/1/test is not used: its tree does not pass the tests here')
    expect(await refusals(workspace)).toContain('refs/conduct/spec/refused/1/test')
    expect(await workspace.read('phase-1.txt')).toBe('second\n')
    expect(await sourcesOf(workspace, 'test')).toEqual(['executed', 'executed'])
  })
})

describe('a fix that a cache brought', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())

  test('of a gate that `validate` checks is taken where every gate passes, and refused where one is red', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: machine', 'Files:', '- fixed.txt']),
      agents: { fix: 'echo x > fixed.txt' },
    })
    await workspace.agents.program('machine', 'exit 0')
    expect((await workspace.conduct()).agents).toEqual(['implement 1 one', 'fix 1'])
    await workspace.startOver()
    const taken = await workspace.conduct({ only: uncached })
    expect(taken.failures, taken.text).toEqual([])
    expect(taken.agents).toEqual([])
    expect(await sourcesOf(workspace, 'validate')).toEqual(['imported'])

    await workspace.startOver()
    await workspace.agents.program('machine', 'test ! -f fixed.txt || test -f again.txt')
    await workspace.agents.play({ fix: 'echo x > fixed.txt; echo x > again.txt' })
    const refused = await workspace.conduct({ only: uncached })
    expect(refused.failures, refused.text).toEqual([])
    expect(refused.agents).toEqual(['fix 1'])
    expect(refused.text).toContain('.conduct/spec/1/validate is not used: its tree does not pass the gates here')
  })

  const folder = 'apps/shop'

  for (const [what, path, why] of [
    ['holds a link that leads out of the tree', 'shop/l', 'it holds links that lead out of the tree'],
    [
      'changes a file outside the workspace',
      'other/x.txt',
      'it changes paths outside the workspace (/apps/other/x.txt)',
    ],
    ['changes the spec', 'shop/.spec/SPEC.md', "it changes the spec's folder (.spec/SPEC.md)"],
  ] as const) {
    test(`and that ${what} is refused before anything of it is checked out`, async () => {
      workspace = await Workspace.with({
        folder,
        spec: specOf(['One', '- a', 'Test Command: test -f fixed.txt']),
        agents: { fix: 'echo x > fixed.txt' },
      })
      expect((await workspace.conduct()).failures).toEqual([])
      await workspace.startOver()
      const file = join(workspace.root, '.conduct/spec/1/test/result.json')
      const artifact: { result: { tree: string; commit: string } } = JSON.parse(await readFile(file, 'utf8'))
      await workspace.git('checkout', '--quiet', '--detach', artifact.result.commit)
      await (path === 'shop/l'
        ? symlink('../../../secret', join(workspace.top, 'apps', path))
        : workspace.write({ [`../${path}`]: 'forged\n' }))
      await workspace.commit({})
      artifact.result.commit = await workspace.git('rev-parse', 'HEAD')
      artifact.result.tree = await workspace.git('rev-parse', 'HEAD^{tree}')
      await workspace.git('checkout', '--quiet', 'main')
      await writeFile(file, JSON.stringify(artifact))

      const run = await workspace.conduct({ only: uncached })
      expect(run.failures, run.text).toEqual([])
      expect(run.text).toContain(`.conduct/spec/1/test is not used: ${why}`)
      expect(run.agents).toEqual(['fix 1'])
    })
  }
})

describe('two clones with logs of their own and one cache', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())

  test("each clone's log decides, and a step whose inputs on disk differ from it stores only a marker", async () => {
    workspace = await Workspace.with({
      spec: specOf(
        ['One', '- a', 'Test Command: test -f phase-1.txt'],
        ['Two', '- b', 'Test Command: test -f phase-2.txt'],
      ),
      agents: { 'implement 1': 'echo here > phase-1.txt' },
    })
    const other = await workspace.clone('other', { agents: { 'implement 1': 'echo there > phase-1.txt' } })
    const first = (id: string) => id.startsWith('1/')
    const here = await workspace.conduct({ only: first })
    const there = await other.conduct({ only: first })
    expect([...here.failures, ...there.failures]).toEqual([])

    await other.takeArtifacts(workspace)
    const run = await other.conduct({ only: (id) => !first(id) })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
    expect(await other.read('phase-1.txt')).toBe('there\n')
    expect(run.text).toContain('.conduct/spec/1/validate is not used: it has another tree')
    expect(await refusals(other)).toContain('refs/conduct/spec/refused/1/validate')
    for (const step of ['worktrees', 'integrate', 'test', 'validate']) {
      expect(await readdir(join(other.root, '.conduct/spec/2', step)), step).toEqual(['marker.json'])
    }
    const own = await workspace.conduct({ only: (id) => !first(id) })
    expect(own.failures, own.text).toEqual([])
    expect(await workspace.read('phase-1.txt')).toBe('here\n')
    expect((await readdir(join(workspace.root, '.conduct/spec/2/worktrees'))).sort()).toEqual([
      'commits.bundle',
      'result.json',
      'tree',
    ])
  })
})

describe('without a run log, an artifact on disk that is', () => {
  let workspace: Workspace
  let tree: string
  let saved: string
  const folder = (module: string) => join(workspace.root, '.conduct/spec/1/implement', module)
  const result = (module: string) => join(folder(module), 'result.json')
  const read = async (module: string): Promise<{ key: string; result: Record<string, unknown> }> =>
    JSON.parse(await readFile(result(module), 'utf8'))

  beforeAll(async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (a/**), b (b/**)', 'Test Command: test -d a && test -d b']),
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    tree = await workspace.git('rev-parse', 'main^{tree}')
    saved = join(workspace.home, 'artifacts')
    await cp(join(workspace.root, '.conduct'), saved, { recursive: true })
  })
  afterAll(() => workspace.remove())
  beforeEach(async () => {
    await workspace.startOver()
    await rm(join(workspace.root, '.conduct'), { recursive: true, force: true })
    await cp(saved, join(workspace.root, '.conduct'), { recursive: true })
  })

  async function expectPerformedAgain(run: Ended, why: string | undefined): Promise<void> {
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 a'])
    expect(await workspace.git('rev-parse', 'main^{tree}')).toBe(tree)
    if (why === undefined) return expect(run.notices).not.toContain('artifact-ignored')
    expect(run.text).toContain(`.conduct/spec/1/implement/a is not used: ${why}`)
    expect(await refusals(workspace)).toEqual(['refs/conduct/spec/refused/1/implement/a'])
  }

  const altered: Readonly<Record<string, readonly [act: () => Promise<unknown>, why: string | undefined]>> = {
    'of another key': [
      async () => writeFile(result('a'), JSON.stringify({ ...(await read('a')), key: 'f'.repeat(64) })),
      'it was made from other inputs',
    ],
    null: [() => writeFile(result('a'), 'null\n'), 'it cannot be read'],
    'a list': [() => writeFile(result('a'), '[]\n'), 'it cannot be read'],
    truncated: [
      async () => writeFile(result('a'), (await readFile(result('a'), 'utf8')).slice(0, 200)),
      'it cannot be read',
    ],
    empty: [() => writeFile(result('a'), ''), 'it cannot be read'],
    missing: [() => rm(folder('a'), { recursive: true }), undefined],
    "another module's": [() => cp(folder('b'), folder('a'), { recursive: true }), 'it was made from other inputs'],
    "another module's under this one's key": [
      async () => {
        const { key } = await read('a')
        await writeFile(result('a'), JSON.stringify({ ...(await read('b')), key }))
      },
      'it changes paths that the module does not own (b/phase-1.txt)',
    ],
    "another step's under this one's key": [
      async () => {
        const { key } = await read('a')
        const text = await readFile(join(workspace.root, '.conduct/spec/1/test/result.json'), 'utf8')
        await writeFile(result('a'), JSON.stringify({ ...JSON.parse(text), key }))
      },
      'it is the result of a step test',
    ],
    'edited in its tree': [
      async () => {
        const { result: of, ...rest } = await read('a')
        const other = await workspace.git('rev-parse', 'HEAD^{tree}')
        await writeFile(result('a'), JSON.stringify({ ...rest, result: { ...of, tree: other } }))
      },
      'its commit',
    ],
    'of a commit that neither the repository nor the bundle has': [
      async () => {
        const { result: of, ...rest } = await read('a')
        await writeFile(result('a'), JSON.stringify({ ...rest, result: { ...of, commit: 'e'.repeat(40) } }))
        await rm(join(folder('a'), 'commits.bundle'))
      },
      'its commit is not here',
    ],
    'a marker': [
      async () => {
        await rm(folder('a'), { recursive: true })
        await workspace.write({ '.conduct/spec/1/implement/a/marker.json': '{}' })
      },
      undefined,
    ],
  }

  for (const [what, [act, why]] of Object.entries(altered)) {
    test(`${what} is ignored with a notice, and the step is performed`, async () => {
      await act()
      await expectPerformedAgain(await workspace.conduct({ only: uncached }), why)
    })
  }

  test('as it was is taken, and a result that this process is asked for is not', async () => {
    const all = await workspace.conduct({ only: uncached })
    expect(all.agents).toEqual([])
    await workspace.startOver()
    const own = await workspace.conduct()
    expect([...own.agents].sort()).toEqual(['implement 1 a', 'implement 1 b'])
  })
})

describe('with a run log', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())
  const spec = specOf(
    ['One', '- a', 'Modules: a (a/**), b (b/**)', 'Test Command: test -d a && test -d b'],
    ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  )

  test('whatever lies in the artifacts, the log decides', async () => {
    workspace = await Workspace.with({ spec })
    expect((await workspace.conduct({ only: (id) => id.startsWith('1/') })).failures).toEqual([])
    const at = join(workspace.root, '.conduct/spec/1')
    await writeFile(join(at, 'implement/a/result.json'), 'null')
    await writeFile(join(at, 'integrate/result.json'), '[]')
    await rm(join(at, 'test'), { recursive: true })
    await writeFile(join(at, 'validate/tree'), `${'d'.repeat(40)}\n`)
    const run = await workspace.conduct({ only: (id) => !id.startsWith('1/') })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
    expect(run.text).toContain('.conduct/spec/1/validate is not used: it has another tree')
  })

  test('an agent that rewrites artifacts while it runs changes nothing', async () => {
    workspace = await Workspace.with({ spec })
    await workspace.agents.play({
      'implement 2': `cd '${workspace.root}/.conduct/spec/1'; for f in */result.json implement/*/result.json; do echo null > $f; done; echo ${'c'.repeat(40)} | tee */tree > /dev/null; cd "$OLDPWD"; echo 2 > phase-2.txt`,
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.git('ls-tree', '--name-only', 'main', 'a', 'b', 'phase-2.txt')).toBe('a\nb\nphase-2.txt')
    const { gates } = Object.values((await (await workspace.open()).log.state()).runs)[0]?.complete['1'] ?? {}
    expect(gates?.map(({ gate }) => gate)).toEqual([
      'test',
      'test-count',
      'imports',
      'placeholders',
      'criterion',
      'lint',
    ])
  })

  test('the artifacts may be deleted at any time', async () => {
    workspace = await Workspace.with({ spec })
    const away = () => rm(join(workspace.root, '.conduct'), { recursive: true, force: true })
    await workspace.agents.play({
      'implement 1 a': `rm -rf '${workspace.root}/.conduct'; mkdir -p a; echo a > a/a.txt`,
      'implement 2': `rm -rf '${workspace.root}/.conduct'; echo 2 > phase-2.txt`,
    })
    const run = await workspace.conduct({
      after: { '1/worktrees': away, '1/integrate': away, '1/test': away, '2/validate': away },
    })
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.agents.sessions()).toHaveLength(3)
    await away()
    const again = await workspace.conduct({ only: uncached })
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual([])
  })
})
