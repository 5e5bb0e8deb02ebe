/**
 * `npm run e2e -- install [--cells RE]`
 *
 * The packed plugin, installed as people install it, in the workspaces that they have, up to a finished run. Each cell is one workspace
 * or one version of Node. Takes the npm registry.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeTally } from '../proof/tally.mjs'
import { emptyFolder, packPlugin, personEnvironment, startRepository, typeIn } from '../rig/packed.mjs'
import { registryWith } from '../rig/registry.mjs'
import { session } from '../rig/small.mjs'

const { values } = parseArgs({ options: { cells: { type: 'string', default: '' } } })

const nx24 = '24.0.6'

const testOf = (imports, check) =>
  `import test from 'node:test'\nimport assert from 'node:assert/strict'\n${imports}\ntest('works', () => ${check})\n`

/** Two phases, the second with two modules. */
const plan = {
  '.spec/SPEC.md': `---
name: spec
agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }
review: off
---
# Numbers

## Implementation Phases

### Phase 1: Base
- Export the number one
Modules: base (base/**)
Test Command: node --test base/one.test.mjs

### Phase 2: Sums
- Add numbers
Modules: add (add/**), twice (twice/**)
Test Command: node --test add/add.test.mjs twice/twice.test.mjs
`,
  '.spec/score.yaml': `sessions:
${session('1', 'base', { 'base/one.mjs': 'export const one = 1\n', 'base/one.test.mjs': testOf("import { one } from './one.mjs'", 'assert.equal(one, 1)') }, 1)}${session('2', 'add', { 'add/add.mjs': 'export const add = (a, b) => a + b\n', 'add/add.test.mjs': testOf("import { add } from './add.mjs'", 'assert.equal(add(1, 2), 3)') }, 1)}${session('2', 'twice', { 'twice/twice.mjs': 'export const twice = (a) => a * 2\n', 'twice/twice.test.mjs': testOf("import { twice } from './twice.mjs'", 'assert.equal(twice(2), 4)') }, 1)}`,
}

const quiet = ['--no-audit', '--no-fund', '--prefer-offline']

/** An npm workspace with Nx and the plugin installed. */
function npmWorkspace(place, tarball, { nx = nx24, gitignore, env } = {}) {
  place.write({
    'package.json': { name: 'numbers', private: true, workspaces: ['packages/*'] },
    'nx.json': { analytics: false },
    ...(gitignore === undefined ? {} : { '.gitignore': gitignore }),
  })
  startRepository(place)
  place.must('npm', ['install', '--save-dev', ...quiet, `nx@${nx}`, tarball], { env })
}

/** What a new user does from an installed plugin to a finished run. Throws with the output of what failed. */
function firstRun(place, { env, nx = (args) => place.nx(args, { env }) } = {}) {
  const must = (args) => {
    const { exitCode, output } = nx(args)
    if (exitCode !== 0) throw new Error(`nx ${args.join(' ')} ended with ${exitCode}:\n${output}`)
    return output
  }
  const need = (isTrue, words, output) => {
    if (!isTrue) throw new Error(`${words}:\n${output}`)
  }
  must(['g', 'nx-conduct:init', '--no-interactive'])
  place.write(plan)
  place.commit('Start')
  const tracked = place.git('ls-files')
  need(!tracked.includes('node_modules/'), 'installed packages were committed', tracked.slice(0, 500))
  const forecast = must(['run', 'spec:plan'])
  need(/phase 2/.test(forecast), 'the plan does not show phase 2', forecast)
  const built = must(['run', 'spec:conduct'])
  need(/main is at/.test(built), 'the branch was not moved', built)
  must(['run-many', '-t', 'test'])
  must(['sync:check'])
  must(['graph', '--file=node_modules/graph.json'])
  must(['g', 'nx-conduct:init', '--no-interactive'])
  const status = place.git('status', '--porcelain')
  need(status === '', 'the second init or the run left changes', status)
}

function npmRegistry(folder) {
  return typeIn(folder).must('npm', ['config', 'get', 'registry']).trim()
}

/** A version of Node on the path, from npm. */
function nodeOf(top, version) {
  const place = typeIn(join(top, 'node'))
  place.write({ 'package.json': { private: true } })
  place.must('npm', ['install', ...quiet, `node@${version}`])
  return { PATH: `${join(place.root, 'node_modules/node/bin')}:${process.env.PATH}` }
}

function createdWorkspace(top, home) {
  typeIn(top).must(
    'npx',
    [
      '--yes',
      'create-nx-workspace@23.2.1',
      'workspace',
      '--preset=npm',
      '--nxCloud=skip',
      '--pm=npm',
      '--no-interactive',
    ],
    { timeoutMs: 600_000, env: { NX_CONDUCT_HOME: home } },
  )
}

const cells = {
  'what is packed': ({ packed }) => packedContents(packed),
  'npm workspace, Nx 24': ({ place, tarball }) => {
    npmWorkspace(place, tarball, { gitignore: 'node_modules\n.nx\n' })
    firstRun(place)
  },
  'npm workspace, Nx 23': ({ place, tarball }) => {
    npmWorkspace(place, tarball, { nx: '23.3.2', gitignore: 'node_modules\n.nx\n' })
    firstRun(place)
  },
  'a .gitignore without node_modules': ({ place, tarball }) => {
    npmWorkspace(place, tarball, { gitignore: 'dist\n.nx\n' })
    firstRun(place)
  },
  'create-nx-workspace 23': ({ place, tarball, top, home }) => {
    createdWorkspace(top, home)
    place.must('git', ['config', 'user.name', 'Somebody'])
    place.must('git', ['config', 'user.email', 'somebody@localhost'])
    place.must('npm', ['install', '--save-dev', ...quiet, tarball])
    firstRun(place)
  },
  'create-nx-workspace 23, raised to Nx 24': ({ place, tarball, top, home }) => {
    createdWorkspace(top, home)
    place.must('git', ['config', 'user.name', 'Somebody'])
    place.must('git', ['config', 'user.email', 'somebody@localhost'])
    // Plugins of Nx that have no version 24 in the registry stay; they are not used here.
    const about = JSON.parse(readFileSync(join(place.root, 'package.json'), 'utf8'))
    about.devDependencies = { ...about.devDependencies, nx: nx24 }
    place.write({ 'package.json': about })
    place.must('npm', ['install', '--save-dev', '--legacy-peer-deps', ...quiet, tarball])
    firstRun(place)
  },
  'an empty folder with nx init': ({ place, tarball }) => {
    place.write({ 'package.json': { name: 'numbers', private: true } })
    startRepository(place)
    place.must('npx', ['--yes', `nx@${nx24}`, 'init', '--interactive=false', '--nxCloud=false'], { timeoutMs: 600_000 })
    place.must('npm', ['install', '--save-dev', ...quiet, tarball])
    firstRun(place)
  },
  'pnpm workspace': ({ place, tarball, top }) => {
    const tools = typeIn(join(top, 'tools'))
    tools.write({ 'package.json': { private: true } })
    tools.must('npm', ['install', ...quiet, 'pnpm@9'])
    const env = { PATH: `${join(tools.root, 'node_modules/.bin')}:${process.env.PATH}` }
    place.write({
      'package.json': { name: 'numbers', private: true },
      'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
      'nx.json': { analytics: false },
      '.gitignore': 'node_modules\n.nx\n',
    })
    startRepository(place)
    place.must('pnpm', ['add', '-w', '-D', `nx@${nx24}`, tarball], { env })
    firstRun(place, { env })
  },
  'nx add, from a registry': async ({ place, packed, tarball, top }) => {
    const registry = await registryWith(packed, tarball, npmRegistry(top))
    try {
      place.write({
        'package.json': { name: 'numbers', private: true },
        'nx.json': { analytics: false },
        '.gitignore': 'node_modules\n.nx\n',
        '.npmrc': `registry=${registry.url}\n`,
      })
      startRepository(place)
      await place.later('npm', ['install', '--save-dev', ...quiet, `nx@${nx24}`])
      await place.later(join(place.root, 'node_modules/.bin/nx'), ['add', 'nx-conduct'])
    } finally {
      registry.close()
    }
    const { plugins } = JSON.parse(readFileSync(join(place.root, 'nx.json'), 'utf8'))
    if (JSON.stringify(plugins) !== '[{"plugin":"nx-conduct"}]') throw new Error(`plugins: ${JSON.stringify(plugins)}`)
    firstRun(place)
  },
  ...Object.fromEntries(
    ['20.19.0', '22', '24', '26'].map((version) => [
      `Node ${version}`,
      ({ place, tarball, top }) => {
        const env = nodeOf(top, version)
        npmWorkspace(place, tarball, { gitignore: 'node_modules\n.nx\n', env })
        firstRun(place, { env })
      },
    ]),
  ),
}

/** What a user downloads: what is needed and nothing else. */
function packedContents({ files, unpackedSize }) {
  const paths = files.map(({ path }) => path)
  for (const needed of ['LICENSE', 'README.md', 'package.json', 'executors.json', 'generators.json', 'dist/index.d.ts'])
    if (!paths.includes(needed)) throw new Error(`${needed} is missing`)
  const unneeded = paths.filter((path) =>
    /(^|\/)(src|test|proof)\/|\.map$|(?<!\.d)\.ts$|tsconfig|vitest|rolldown\.config/.test(path),
  )
  if (unneeded.length > 0) throw new Error(`not needed: ${unneeded.join(', ')}`)
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(new URL('../../packages/nx-conduct/package.json', import.meta.url), 'utf8'),
  )
  const brought = Object.keys(dependencies).sort().join(', ')
  if (brought !== '@nx/devkit, @vscode/tree-sitter-wasm') throw new Error(`it brings ${brought}`)
  if (peerDependencies.nx !== '>=23 <25') throw new Error(`it allows Nx ${peerDependencies.nx}`)
  if (unpackedSize > 6_000_000) throw new Error(`it has ${unpackedSize} bytes, 6 000 000 are allowed`)
  if (paths.length > 120) throw new Error(`it has ${paths.length} files, 120 are allowed`)
  console.log(`    ${paths.length} files, ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`)
}

const tally = makeTally()
const { folder, remove } = emptyFolder('install')
try {
  const packed = packPlugin(folder)
  for (const [name, walk] of Object.entries(cells)) {
    if (!new RegExp(values.cells).test(name)) continue
    const { folder: top, remove: removeCell } = emptyFolder('cell')
    const home = join(top, 'home')
    const place = typeIn(join(top, 'workspace'), personEnvironment({ NX_CONDUCT_HOME: home }))
    try {
      await walk({ place, top, home, packed, tarball: packed.file })
      tally.ended(name, [])
    } catch (error) {
      tally.ended(name, [error.message.split('\n', 1)[0]], error.message.slice(-6000))
    } finally {
      removeCell()
    }
  }
} finally {
  remove()
}
tally.close()
