/**
 * `npm run e2e -- affected [--columns RE]`
 *
 * Which tests of phases an edit selects (`nx affected`) and which run again (`nx run-many`), in a workspace of npm packages in which the
 * packed plugin built three phases: in Nx 24, in Nx 24 as migrated workspaces have it (whole projects), and in Nx 23. Takes the npm registry.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeTally } from '../proof/tally.mjs'
import { emptyFolder, packPlugin, personEnvironment, startRepository, typeIn } from '../rig/packed.mjs'
import { session } from '../rig/small.mjs'

const { values } = parseArgs({ options: { columns: { type: 'string', default: '' } } })

const columns = [
  { name: 'Nx 24', nx: '24.0.6' },
  { name: 'Nx 24 legacy', nx: '24.0.6', nxJson: { affected: { legacy: true } } },
  { name: 'Nx 23', nx: '23.3.2' },
]

const lib =
  '### Phase 1: Lib\n- Export one\nModules: lib (packages/lib/**)\nTest Command: node --test packages/lib/one.test.mjs\n'
const api =
  '### Phase 2: Api\n- Add one\nModules: api (packages/api/**)\nTest Command: node --test packages/api/add.test.mjs\n'
const notes =
  '### Phase 3: Notes\n- Count rows\nDepends On: Phase 1\nModules: notes (notes/**)\nTest Command: node --test notes/rows.test.mjs\n'
const specOf = (...phases) =>
  `---\nname: spec\nagent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }\nreview: off\n---\n# Rows\n\n## Implementation Phases\n\n${phases.join('\n')}`

const testOf = (imports, check) =>
  `import test from 'node:test'\nimport assert from 'node:assert/strict'\n${imports}\ntest('works', () => ${check})\n`

const score = `sessions:
${session('1', 'lib', { 'packages/lib/one.mjs': 'export const one = 1\n', 'packages/lib/one.test.mjs': testOf("import { one } from './one.mjs'", 'assert.equal(one, 1)') }, 1)}${session('2', 'api', { 'packages/api/add.mjs': "import { one } from '../lib/one.mjs'\nexport const add = (a) => a + one\n", 'packages/api/add.test.mjs': testOf("import { add } from './add.mjs'", 'assert.equal(add(1), 2)') }, 1)}${session('3', 'notes', { 'notes/rows.test.mjs': testOf("import { readFileSync } from 'node:fs'", "assert.equal(JSON.parse(readFileSync('data/rows.json', 'utf8')).length, 2)") }, 1)}`

const files = (nx, nxJson) => ({
  'package.json': {
    name: 'rows',
    private: true,
    type: 'module',
    workspaces: ['packages/*'],
    devDependencies: { nx, 'nx-conduct': 'file:vendor/nx-conduct.tgz' },
  },
  'nx.json': { plugins: ['nx-conduct'], sync: { globalGenerators: ['nx-conduct:sync'] }, analytics: false, ...nxJson },
  'tsconfig.base.json': { compilerOptions: { strict: true } },
  '.gitignore': 'node_modules\n.nx\n.conduct\nvendor\n',
  'packages/lib/package.json': { name: 'lib', version: '1.0.0', type: 'module' },
  'packages/api/package.json': { name: 'api', version: '1.0.0', type: 'module', dependencies: { lib: '*' } },
  'packages/other/package.json': { name: 'other', version: '1.0.0', type: 'module' },
  'data/rows.json': '[1, 2]\n',
  '.spec/SPEC.md': specOf(lib, api, notes),
  '.spec/score.yaml': score,
})

const append = (path, text) => (place) =>
  place.write({ [path]: `${readFileSync(join(place.root, path), 'utf8')}${text}` })

/** What a person edits, and the phases whose tests it selects, and has run again. */
const edits = [
  { name: 'a file that phase 2 owns', edit: append('packages/api/add.mjs', '// more\n'), selects: [2, 3] },
  { name: 'a file that phase 1 owns', edit: append('packages/lib/one.mjs', '// more\n'), selects: [1, 2, 3] },
  { name: 'a file that no module owns and a test reads', edit: append('data/rows.json', '\n'), selects: [3] },
  { name: 'a package that no phase names', edit: append('packages/other/package.json', '\n'), selects: [3] },
  { name: 'the lockfile', edit: append('package-lock.json', '\n'), selects: [1, 2, 3] },
  { name: 'tsconfig.base.json', edit: append('tsconfig.base.json', '\n'), selects: [1, 2, 3] },
  {
    name: 'a word of phase 2 in the spec',
    edit: (place) => place.write({ '.spec/SPEC.md': specOf(lib, api.replace('Add one', 'Add just one'), notes) }),
    selects: [2],
  },
  {
    name: 'the same, after nx sync',
    edit: (place) => {
      place.write({ '.spec/SPEC.md': specOf(lib, api.replace('Add one', 'Add just one'), notes) })
      place.nx(['sync'])
    },
    selects: [2],
  },
  {
    name: 'the order of the phases, no phase changed',
    edit: (place) =>
      place.write({ '.spec/SPEC.md': specOf(lib, notes, api.replace('Modules', 'Depends On: Phase 1\nModules')) }),
    selects: [],
  },
  {
    name: 'a new phase',
    edit: (place) =>
      place.write({
        '.spec/SPEC.md': specOf(
          lib,
          api,
          notes,
          '### Phase 4: More\n- More\nDepends On: Phase 2\nTest Command: true\n',
        ),
      }),
    selects: [4],
  },
]

const phasesIn = (text, pattern) => [...new Set([...text.matchAll(pattern)].map((match) => Number(match[1])))].sort()

/** Phases that `nx affected -t test` selects. */
function selected(place) {
  const { output } = place.nx(['affected', '-t', 'test', '--uncommitted', '--graph=stdout'])
  const { tasks } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1))
  return phasesIn(Object.keys(tasks.tasks ?? {}).join('\n'), /^spec-phase-(\d+):test$/gm)
}

/** Phases whose test runs, and does not come from the cache. */
function rerun(place) {
  const { output } = place.nx(['run-many', '-t', 'test', '--outputStyle=static'])
  return phasesIn(output, /^.*nx run spec-phase-(\d+):test\s*$/gm)
}

const tally = makeTally()
const check = (name, isRight, problem, evidence) => tally.ended(name, isRight ? [] : [problem], evidence)

async function inColumn({ name, nx, nxJson = {} }, top, tarball) {
  const place = typeIn(join(top, 'workspace'), personEnvironment({ NX_CONDUCT_HOME: join(top, 'home') }))
  place.write({ ...files(nx, nxJson), 'vendor/nx-conduct.tgz': readFileSync(tarball) })
  place.must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'])
  startRepository(place)
  place.commit('Start')
  const built = place.nx(['run', 'spec:conduct'])
  check(`${name}: conduct builds the phases`, built.exitCode === 0, 'it failed', built.output)
  if (built.exitCode !== 0) return
  const synced = place.nx(['sync:check'])
  check(`${name}: nx sync:check passes after conduct`, synced.exitCode === 0, 'it failed', synced.output)
  // The first run fills the cache.
  place.nx(['run-many', '-t', 'test'])
  for (const { name: what, edit, selects } of [{ name: 'no edit', edit: () => {}, selects: [] }, ...edits]) {
    edit(place)
    const [chosen, ran] = [selected(place), rerun(place)].map((phases) => phases.join(' ') || 'none')
    place.git('checkout', '--quiet', '.')
    place.git('clean', '--quiet', '-fd')
    const expected = selects.join(' ') || 'none'
    check(`${name}: ${what} selects ${expected}`, chosen === expected, `selected: ${chosen}`)
    check(`${name}: ${what} has run again ${expected}`, ran === expected, `ran: ${ran}`)
  }
}

const { folder, remove } = emptyFolder('affected')
try {
  const { file: tarball } = packPlugin(folder)
  for (const column of columns.filter(({ name }) => new RegExp(values.columns).test(name)))
    await inColumn(column, join(folder, column.name.replaceAll(' ', '-')), tarball)
} finally {
  remove()
}
tally.close()
