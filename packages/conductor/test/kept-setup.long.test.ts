import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processIdentity } from '@nx-conduct/git'
import { afterEach, expect, test } from 'vitest'
import { clean } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const ignored = { 'package-lock.json': '{}\n', '.gitignore': 'modules\n' }

function spec(setup: string, phases: number, check = 'grep -q made modules/dep/value'): string {
  const titles = ['One', 'Two', 'Three'].slice(0, phases)
  return specWith(setup, ...titles.map((title): [string, ...string[]] => [title, '- a', `Test Command: ${check}`]))
}

/** A workspace whose program `install` counts how often it ran. */
async function workspaceWith(setup: string, files: Readonly<Record<string, string>> = ignored) {
  workspace = await Workspace.with({ spec: `${spec(setup, 1)}\nA first draft.\n`, files })
  const notes = join(workspace.agents.folder, 'installed')
  await writeFile(notes, '')
  await workspace.agents.program('install', `echo x >> '${notes}'; mkdir -p modules/dep; echo made > modules/dep/value`)
  const installs = async () => (await readFile(notes, 'utf8')).length / 2
  const conduct = async (phases: number, files: Readonly<Record<string, string>> = {}) => {
    await workspace.commit({ '.spec/SPEC.md': spec(setup, phases), ...files })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    return run
  }
  return { installs, conduct }
}

/** Folders of the repository's checkouts: `.setup-layers`, and one per spec. */
async function homeOf(): Promise<string> {
  const [repository = ''] = await readdir(workspace.home)
  return join(workspace.home, repository)
}

const layers = async () => (await readdir(join(await homeOf(), '.setup-layers')).catch(() => [])).sort()

async function setupsOfEvidence(): Promise<ReadonlyMap<string, ReadonlySet<string | undefined>>> {
  const context = await workspace.open()
  const found = new Map<string, Set<string | undefined>>()
  for await (const { body } of context.log.events(0)) {
    if (body.type !== 'evidence.recorded') continue
    const { gate, setup } = body.evidence
    found.set(gate, (found.get(gate) ?? new Set()).add(setup))
  }
  return found
}

test('a later run has what an earlier one set up; the evidence of gates that ran with it names its contents', async () => {
  const { installs, conduct } = await workspaceWith('setup: install')
  await conduct(1)
  expect(await installs()).toBe(1)
  await conduct(2)
  expect(await installs()).toBe(1)
  expect(await layers()).toHaveLength(1)
  const evidence = await setupsOfEvidence()
  expect([...(evidence.get('test') ?? [])]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  expect([...(evidence.get('placeholders') ?? [])]).toEqual([undefined])
})

test('a changed lockfile, setting of a package manager or declared input is set up again, another file is not', async () => {
  const { installs, conduct } = await workspaceWith(
    'setup: { command: install, inputs: [tools/versions.txt, "scripts/**"] }',
    { '.gitignore': 'modules\n', 'tools/versions.txt': '1\n' },
  )
  await conduct(1)
  expect(await installs()).toBe(1)
  let runs = 1
  for (const path of ['tools/versions.txt', 'scripts/a/b.sh', '.yarnrc.yml', 'package-lock.json']) {
    await conduct((runs % 2) + 1, { [path]: `${path}\n` })
    runs += 1
    expect(await installs(), path).toBe(runs)
  }
  await conduct(3, { 'tools/readme.txt': '2\n' })
  expect(await installs()).toBe(runs)
})

test('a layer that somebody wrote to between two runs is not believed, and is made anew', async () => {
  const { installs, conduct } = await workspaceWith('setup: install')
  await conduct(1)
  const [layer = ''] = await layers()
  const value = join(await homeOf(), '.setup-layers', layer, 'files/modules/dep/value')
  await writeFile(value, 'fake\n')
  await conduct(2)
  expect(await installs()).toBe(2)
  expect(await readFile(value, 'utf8')).toBe('made\n')
  await conduct(3)
  expect(await installs()).toBe(2)
})

test('a layer whose record changed during a run is not left to the next one', async () => {
  const { installs, conduct } = await workspaceWith('setup: install')
  await workspace.agents.play({
    implement: 'for f in ../../.setup-layers/*/record.json; do echo >> "$f"; done; touch x',
  })
  await conduct(1)
  expect(await layers()).toEqual([])
  await workspace.agents.forget('implement')
  await conduct(2)
  expect(await installs()).toBe(2)
})

test('nothing is kept where the spec says so, nor where files hold the path they are in', async () => {
  const { installs, conduct } = await workspaceWith('setup: install\nsetupCache: 0')
  await conduct(1)
  expect(await layers()).toEqual([])
  expect((await setupsOfEvidence()).get('test')).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{64}$/)]))
  await conduct(2)
  expect(await installs()).toBe(2)
  const folders = await readdir(join(await homeOf(), 'spec'))
  expect(folders.filter((name) => name.startsWith('setup-'))).toEqual([])
  await workspace.remove()

  const own = await workspaceWith('setup: install')
  await workspace.agents.program('install', 'mkdir -p modules/dep; echo made > modules/dep/value; pwd > modules/place')
  await own.conduct(1)
  expect(await layers()).toEqual([])
  expect((await setupsOfEvidence()).get('test')).toEqual(new Set([undefined]))
})

test('two runs at once in one repository set up no more than once each, and leave one layer', async () => {
  const { installs } = await workspaceWith('setup: install')
  const other = await workspace.worktree('other', 'side')
  const ends = await Promise.all([workspace.conduct(), other.conduct()])
  for (const { failures, text } of ends) expect(failures, text).toEqual([])
  expect(await installs()).toBeLessThanOrEqual(2)
  expect(await layers()).toHaveLength(1)
  const folders = await readdir(join(await homeOf(), 'spec'))
  expect(folders.filter((name) => name.startsWith('setup-'))).toEqual([])
})

test('what a killed process left of a layer goes with the next run', async () => {
  const { installs, conduct } = await workspaceWith('setup: install')
  await conduct(1)
  const home = await homeOf()
  const dead = spawnSync('true').pid
  const half = join(home, 'spec', `setup-abcdef-${dead}-01234567`)
  const left = [
    half,
    `${half}.state`,
    join(home, '.setup-layers/gone-1'),
    join(home, 'spec/setup-abcdef-1-11111111.state'),
  ]
  for (const path of left) {
    await mkdir(path)
    await writeFile(join(path, 'file'), 'half\n')
  }
  await writeFile(join(`${half}.state`, 'owner.json'), JSON.stringify({ ...processIdentity(), pid: dead }))
  await conduct(2)
  expect(left.filter(existsSync)).toEqual([])
  expect(await layers()).toHaveLength(1)
  expect(await installs()).toBe(1)
})

test('clean removes layers, and prints what they took up', async () => {
  const { installs, conduct } = await workspaceWith('setup: install')
  await conduct(1)
  const [layer = ''] = await layers()
  const what = join(await homeOf(), '.setup-layers', layer)
  const cleaned = await clean(await workspace.open(), { force: false })
  expect(cleaned).toContainEqual({ kind: 'removed', what, freed: { bytes: expect.any(Number), inodes: 4 } })
  expect(await layers()).toEqual([])
  await conduct(2)
  expect(await installs()).toBe(2)
})
