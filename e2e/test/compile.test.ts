import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const tenPhases = `# Ten

## Implementation Phases

${Array.from({ length: 10 }, (_, index) => `### Phase ${index + 1}: Part ${index + 1}\n- Build part number ${index + 1} well\nModules: part${index + 1} (parts/${index + 1}/**)\nTest Command: test -d parts\n`).join('\n')}`

/** Ids of the test tasks that Nx selects for the uncommitted change. */
async function affectedTests(): Promise<readonly string[]> {
  const { output } = await workspace.nx(['affected', '-t', 'test', '--uncommitted', '--graph=stdout'])
  const { tasks } = JSON.parse(output.slice(output.indexOf('{'))) as { tasks: { tasks: Record<string, unknown> } }
  return Object.keys(tasks.tasks).sort()
}

function compile(...args: string[]) {
  return execa(join(workspace.root, 'node_modules', '.bin', 'nx-conduct'), ['compile', ...args], {
    cwd: workspace.root,
    reject: false,
  })
}

describe('a changed word of one phase among ten', () => {
  const change = async () => {
    await workspace.nx(['sync'])
    await workspace.git('add', '--all')
    await workspace.git('commit', '--quiet', '--message', 'Sync')
    await workspace.write('.spec/SPEC.md', tenPhases.replace('part number 6 well', 'part number 6 better'))
    expect((await workspace.nx(['sync'])).exitCode).toBe(0)
  }

  test('selects exactly that phase', async () => {
    workspace = await makeWorkspace({ spec: tenPhases, score: smallScore() })
    await change()
    expect(await affectedTests()).toEqual(['spec-phase-6:test'])
  })

  test('selects it and its dependants where Nx works by whole projects', async () => {
    const nxJson = {
      plugins: ['nx-conduct'],
      sync: { globalGenerators: ['nx-conduct:sync'] },
      affected: { legacy: true },
      analytics: false,
    }
    workspace = await makeWorkspace({
      spec: tenPhases,
      score: smallScore(),
      files: { 'nx.json': JSON.stringify(nxJson) },
    })
    await change()
    expect(await affectedTests()).toEqual([
      'spec-phase-10:test',
      'spec-phase-6:test',
      'spec-phase-7:test',
      'spec-phase-8:test',
      'spec-phase-9:test',
    ])
  })
})

test('a spec with errors is reported by Nx at its line, and the projects of other specs stay', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec(),
    score: smallScore(),
    files: { 'libs/x/.spec/SPEC.md': '## Implementation Phases\n\n### Phase 1: One\n- a\n\n### Phase 1: Again\n- b\n' },
  })
  const shown = await workspace.nx(['show', 'projects'])
  expect(shown.output).toMatch(/libs\/x\/\.spec\/SPEC\.md:6:\d+/)
  expect(shown.output).toContain('### Phase 1: Again')
  const graph = await workspace.nx(['graph', '--file=g.json'])
  expect(graph.output).toMatch(/SPEC\.md:6/)
  await workspace.write('libs/x/.spec/SPEC.md', '## Implementation Phases\n\n### Phase 1: One\n- a\n')
  const mended = await workspace.nx(['show', 'projects'])
  expect(mended.output.split('\n')).toEqual(
    expect.arrayContaining(['spec', 'spec-phase-4', 'x-spec', 'x-spec-phase-1']),
  )
})

test('lint shows warnings with the line, and machines get JSON', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec().replace('Test Command: node --test words', 'Test Comand: node --test words'),
    score: smallScore(),
  })
  const lint = await workspace.nx(['run', 'spec:lint'])
  expect(lint.output).toMatch(/\.spec\/SPEC\.md:\d+:\d+/)
  expect(lint.output).toContain('Test Command')
  const json = await workspace.nx(['run', 'spec:lint', '--json'])
  const found = JSON.parse(json.output.slice(json.output.indexOf('['), json.output.lastIndexOf(']') + 1)) as {
    code: string
  }[]
  expect(found.length).toBeGreaterThan(0)
})

test('compile prints what it understood without Nx or git, and fails on errors without a stack trace', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec(),
    score: smallScore(),
    files: { 'bad.md': '## Implementation Phases\n### Phase 1: A\nDepends On: Phase 7\n' },
  })
  const good = await compile('.spec/SPEC.md', '--json')
  expect(good.exitCode).toBe(0)
  const { phases } = JSON.parse(good.stdout) as {
    phases: { id: string; dependsOn: string[]; testCommands: string[] }[]
  }
  expect(phases.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['1', []],
    ['2', ['1']],
    ['3', ['1']],
    ['4', ['2', '3']],
  ])
  const bad = await compile('bad.md')
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toMatch(/bad\.md:3:\d+ error/)
  expect(bad.stderr).not.toMatch(/\n\s+at /)
  const missing = await compile('nothing.md')
  expect([missing.exitCode, missing.stderr]).toEqual([1, '✖ nothing.md cannot be read: there is no such file'])
})

test('the generators set a workspace up and write a spec that compiles', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec(),
    score: smallScore(),
    files: { 'nx.json': '{ "analytics": false }\n', '.gitignore': 'node_modules\n.nx\n' },
  })
  const init = await workspace.nx(['g', 'nx-conduct:init', '--skipFormat', '--skipPackageJson'])
  expect(init.exitCode, init.output).toBe(0)
  const nxJson = await workspace.read('nx.json')
  expect(JSON.parse(nxJson)).toMatchObject({
    plugins: [{ plugin: 'nx-conduct' }],
    sync: { globalGenerators: ['nx-conduct:sync'] },
  })
  expect(await workspace.read('.gitignore')).toBe('node_modules\n.nx\n.conduct\n')
  await workspace.nx(['g', 'nx-conduct:init', '--skipFormat', '--skipPackageJson'])
  expect(await workspace.read('nx.json')).toBe(nxJson)

  const made = await workspace.nx(['g', 'nx-conduct:spec', 'libs/shop', '--title=Shop'])
  expect(made.exitCode, made.output).toBe(0)
  const compiled = await compile('libs/shop/.spec/SPEC.md', '--json')
  expect(compiled.exitCode).toBe(0)
  expect((JSON.parse(compiled.stdout) as { phases: unknown[] }).phases).toHaveLength(2)
  const again = await workspace.nx(['g', 'nx-conduct:spec', 'libs/shop'])
  expect(again.exitCode).not.toBe(0)
  expect(again.output).toContain('exists already; nothing was written')
})
