import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { installNeeded, readLastLanding } from '../src/index.ts'
import { verifyPlan } from '../src/views/verify/verify-plan.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
const manifest = (name: string, more: object = {}) => json({ name, version: '1.0.0', ...more })

/** Members of an npm workspace: what asks for each other, no registry has to be asked for. */
const files = {
  'package.json': manifest('root', { private: true, workspaces: ['packages/*'] }),
  'package-lock.json': json({
    name: 'root',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'root', version: '1.0.0', workspaces: ['packages/*'] },
      'node_modules/x': { resolved: 'packages/x', link: true },
      'packages/x': { version: '1.0.0' },
    },
  }),
  'packages/x/package.json': manifest('x', { scripts: { test: 'true' } }),
  '.gitignore': 'node_modules\n',
}

/** Writes a member of the npm workspace, as an agent does. */
const writes = (name: string, more: object = {}) =>
  `mkdir -p packages/${name}; printf '%s' '${manifest(name, more)}' > packages/${name}/package.json`
/** What npm would add to the lockfile for a member. */
const locks = (name: string) =>
  `sed -i 's#^    "packages/x": {#    "node_modules/${name}": { "resolved": "packages/${name}", "link": true },\\n    "packages/${name}": { "version": "1.0.0" },\\n&#' package-lock.json`
const npm = 'npm install --package-lock-only --ignore-scripts --no-audit --no-fund --offline'

const inSync = 'npm ci --offline --ignore-scripts --no-audit --no-fund'
const holdsBoth = 'grep -q packages/a package-lock.json && grep -q packages/b package-lock.json'

const commandsOf = (run: Awaited<ReturnType<Workspace['conduct']>>) =>
  run.said.flatMap((progress) =>
    progress.type === 'setup'
      ? [`${progress.command.split(' --')[0]}${progress.durationMs === undefined ? '' : ' ended'}`]
      : [],
  )
const locked = async () => Object.keys(JSON.parse(await workspace.read('package-lock.json')).packages)

describe('after integrate the package manager makes the lockfile again', () => {
  test('where a single agent changed a manifest alone', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', `Test Command: ${inSync}`]),
      files,
      agents: { implement: writes('a', { dependencies: { x: '1.0.0' } }) },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one'])
    expect(run.outcomes.get('1/integrate')).toMatchObject({ summary: '1 module merged, package-lock.json made again' })
    expect(await locked()).toContain('packages/a')
    expect(commandsOf(run)).toEqual(['npm install', 'npm install ended'])
    const { plan } = await workspace.open()
    expect(await verifyPlan(join(workspace.top, '.git'), plan.name)).toEqual({ problems: [], notes: [] })
    // Nothing else of what the package manager left.
    expect(await workspace.git('ls-files', 'node_modules')).toBe('')
  })

  test('where two modules changed it, whose conflict is no work for an agent', async () => {
    workspace = await Workspace.with({
      spec: specWith('', [
        'Members',
        '- a',
        'Modules: a (packages/a/**), b (packages/b/**)',
        `Test Command: ${holdsBoth}`,
      ]),
      files,
      agents: { 'implement 1 a': `${writes('a')}; ${locks('a')}`, 'implement 1 b': `${writes('b')}; ${locks('b')}` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.toSorted()).toEqual(['implement 1 a', 'implement 1 b'])
    expect(await locked()).toEqual(expect.arrayContaining(['packages/a', 'packages/b', 'packages/x']))
    const again = await workspace.conduct()
    expect(again.agents).toEqual([])
  })

  test('and a lockfile that was right stays byte for byte', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', `Test Command: ${inSync}`]),
      files,
      agents: { implement: `${writes('a')}; ${npm}; cp package-lock.json kept.json` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(commandsOf(run)).toContain('npm install')
    expect(run.outcomes.get('1/integrate')).toMatchObject({ summary: '1 module merged' })
    expect(await workspace.read('package-lock.json')).toBe(await workspace.read('kept.json'))
  })

  test('but not for scripts, nor for a package that the lockfile does not cover', async () => {
    const elsewhere = `mkdir -p fixtures/f; printf '%s' '${manifest('f')}' > fixtures/f/package.json`
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true']),
      files,
      agents: { implement: `${writes('x', { scripts: { test: 'node --test' } })}; ${elsewhere}` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(commandsOf(run)).toEqual([])
  })

  test('and takes nothing but lockfiles of what the command left', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: test ! -e evil.txt && grep -q x packages/x/package.json']),
      files,
      agents: { implement: writes('a') },
    })
    await workspace.agents.program(
      'npm',
      "echo made > package-lock.json; echo x > evil.txt; echo '{}' > packages/x/package.json",
    )
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.read('package-lock.json')).toBe('made\n')
  })

  test('before phases that were built side by side are proven together', async () => {
    workspace = await Workspace.with({
      spec: specWith(
        '',
        ['One', '- a', 'Test Command: true'],
        ['Two', '- b', 'Depends On: none', 'Test Command: true'],
        ['Three', '- c', 'Depends On: 1, 2', `Test Command: ${holdsBoth}`],
      ),
      files,
      agents: {
        'implement 1': `${writes('a')}; ${locks('a')}`,
        'implement 2': `${writes('b')}; ${locks('b')}`,
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toHaveLength(3)
    expect(await locked()).toEqual(expect.arrayContaining(['packages/a', 'packages/b']))
  })
})

describe('where the package manager cannot run', () => {
  const cannot = "echo 'npm error code ENOTFOUND' >&2; exit 1"

  test('the merged lockfile stays, with a notice that says why and what to do', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true']),
      files,
      agents: { implement: writes('a') },
    })
    await workspace.agents.program('npm', cannot)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('lockfile-not-regenerated')
    expect(run.text).toContain('npm error code ENOTFOUND')
    expect(run.text).toContain('npm install --package-lock-only')
    expect(await workspace.read('package-lock.json')).toBe(files['package-lock.json'])
  })

  test('a conflict goes to the synthesis-architect', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Modules: a (packages/a/**), b (packages/b/**)', 'Test Command: true']),
      files,
      agents: {
        'implement 1 a': `${writes('a')}; echo a > package-lock.json`,
        'implement 1 b': `${writes('b')}; echo b > package-lock.json`,
        synthesis: 'grep -q "<<<<<<<" package-lock.json && echo both > package-lock.json',
      },
    })
    await workspace.agents.program('npm', cannot)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toContain('synthesis 1')
    expect(run.notices.filter((code) => code === 'lockfile-not-regenerated')).toHaveLength(1)
    expect(await workspace.read('package-lock.json')).toBe('both\n')
  })

  test('because yarn 1 has no such command, that is said where no agent ran it', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true'], ['Two', '- b', 'Test Command: true']),
      files: { 'package.json': manifest('root'), 'yarn.lock': '# yarn lockfile v1\n' },
      agents: {
        'implement 1': `printf '%s' '${manifest('root', { dependencies: { x: '1' } })}' > package.json; echo '# x' >> yarn.lock`,
        'implement 2': `printf '%s' '${manifest('root', { dependencies: { x: '2' } })}' > package.json`,
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices.filter((code) => code === 'lockfile-not-regenerated')).toHaveLength(1)
  })
})

describe('setup that fails', () => {
  const out =
    "grep -q packages/a package-lock.json || { echo 'npm error Missing: a from lock file'; exit 1; }; mkdir -p node_modules/a"
  const spec = (rounds = '') =>
    specWith(`setup: install${rounds}`, ['One', '- a', 'Test Command: test -d node_modules/a'])

  /** Members are added, and nothing makes the lockfile again. */
  const stale = async (agents: Readonly<Record<string, string>>, rounds = '') => {
    workspace = await Workspace.with({ spec: spec(rounds), files, agents: { implement: writes('a'), ...agents } })
    await workspace.agents.program('npm', 'exit 1')
    await workspace.agents.program('install', `if [ -d packages/a ]; then ${out}; fi`)
    return workspace.conduct()
  }

  test('for what the phase changed is fixed by an agent, in a checkout without it', async () => {
    const run = await stale({ fix: 'test ! -e node_modules && echo packages/a > package-lock.json' })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'fix 1'])
    const prompt = await workspace.agents.prompt()
    expect(prompt).toContain('setup check did not pass: `install`')
    expect(prompt).toContain('Missing: a from lock file')
  })

  test('until the rounds are out', async () => {
    const run = await stale({ fix: 'echo x >> tried.txt' }, '\nrounds: 2')
    expect(run.failures).toMatchObject([
      { id: '1/test', reason: 'escalated', message: 'the setup command failed: install' },
    ])
    expect(run.agents).toEqual(['implement 1 one', 'fix 1', 'fix 1'])
  })

  test('once and then works costs no agent', async () => {
    workspace = await Workspace.with({ spec: spec(), files, agents: { implement: writes('a') } })
    await workspace.agents.program('npm', 'exit 1')
    const once = `${workspace.agents.folder}/once`
    await workspace.agents.program(
      'install',
      `if [ -d packages/a ] && [ ! -e '${once}' ]; then touch '${once}'; exit 1; fi; mkdir -p node_modules/a`,
    )
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one'])
  })

  test.each([
    ['without a network', 'echo "npm error code ENOTFOUND"; exit 1'],
    ['for what the base asks for as well', 'exit 1'],
  ])('%s is given to no agent', async (why, failing) => {
    const ofBase = why.includes('base')
    workspace = await Workspace.with({
      spec: spec(),
      files,
      agents: { implement: ofBase ? 'echo x > here.txt' : writes('a') },
    })
    await workspace.agents.program('npm', 'exit 1')
    // Copies cannot be made of what holds its place, so that setup runs again in the gates' checkout.
    const place = 'mkdir -p node_modules; pwd > node_modules/place'
    await workspace.agents.program('install', `if [ -e here.txt ] || [ -d packages/a ]; then ${failing}; fi; ${place}`)
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ id: '1/test', message: 'the setup command failed: install' }])
    expect(run.agents).toEqual(['implement 1 one'])
  })
})

describe('what the branch asks to be installed since', () => {
  const needed = async () => {
    const context = await workspace.open()
    const last = await readLastLanding(context)
    return last === undefined ? undefined : installNeeded(context, last)
  }

  test('is told with the command of the package manager', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true']),
      files: { ...files, 'web/yarn.lock': '__metadata:\n', 'web/package.json': manifest('web') },
      agents: { implement: `${writes('a')}; ${locks('a')}; echo '# x' >> web/yarn.lock` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await needed()).toEqual(['npm ci', 'cd web && yarn install --immutable'])
  })

  test('is nothing where dependencies are the same, or the branch did not move', async () => {
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true']),
      files,
      agents: { implement: writes('x', { scripts: { test: 'node --test' } }) },
    })
    expect((await workspace.conduct()).failures).toEqual([])
    expect(await needed()).toEqual([])
    await workspace.remove()
    workspace = await Workspace.with({
      spec: specWith('', ['One', '- a', 'Test Command: true']),
      files,
      agents: { implement: `${writes('a')}; ${locks('a')}` },
    })
    await workspace.git('checkout', '--quiet', '--detach')
    expect((await workspace.conduct()).failures).toEqual([])
    expect(await needed()).toEqual([])
  })
})
