/** The npm workspace that the proof builds in: two small libraries, a spec that adds to them, and programs that note what ran. */

/** @typedef {{ lockfiles: 'agents' | 'nobody' }} PlanOptions who brings lockfiles up to date with manifests */

const library = (name) => ({
  [`packages/${name}/package.json`]: manifestOf(name),
  [`packages/${name}/index.mjs`]: `export const name = '${name}'\n`,
  [`packages/${name}/index.test.mjs`]: testOf(name, `import { name } from './index.mjs'`, `name === '${name}'`),
})

/** @param {Readonly<Record<string, string>>} packages `file:` addresses of the product's packages, by name */
export function workspaceFiles({ lockfiles, nxVersion, packages }) {
  const manifest = {
    name: 'workspace',
    private: true,
    type: 'module',
    workspaces: ['packages/*'],
    devDependencies: { nx: nxVersion, ...packages },
  }
  return {
    'package.json': json(manifest),
    'nx.json': json({ plugins: ['nx-conduct'], analytics: false }),
    '.gitignore': 'node_modules\n.nx\n.conduct\n',
    ...library('a'),
    ...library('b'),
    'tools/note.mjs': noteProgram,
    'tools/setup.mjs': setupProgram,
    'tools/agent.mjs': agentProgram(lockfiles),
    '.spec/SPEC.md': specOf(lockfiles),
  }
}

/** Agents that the plan needs: one a module. */
export const agentsOf = ({ lockfiles }) =>
  lockfiles === 'agents' ? ['1 a', '2 a', '3 c'] : ['1 a', '2 a', '3 c', '4 a', '4 b']

export const libraries = ['a', 'b', 'c']

const specOf = (lockfiles) => `---
agent: { driver: command, command: node tools/agent.mjs }
review: off
setup: node tools/setup.mjs
env: [PROOF_NOTES, PROOF_REPOSITORY]
concurrency: 2
rounds: 1
---
# Libraries

## Implementation Phases

### Phase 1: Plain work
- Export the length of the name
Modules: a (packages/a/**)
Test Command: npx nx test a
Test Command: npx nx test b

### Phase 2: A dependency
- Tell odd numbers
Modules: a (packages/a/**)
Test Command: npx nx test a

### Phase 3: Another package
- Write the library c, which needs a
Modules: c (packages/c/**)
Test Command: npx nx test c
${
  lockfiles === 'agents'
    ? ''
    : `
### Phase 4: Two dependencies at once
- Tell sorted lists and even numbers
Modules: a (packages/a/**), b (packages/b/**)
Test Command: npx nx test a
Test Command: npx nx test b
`
}`

/** Appends a line to a file outside, with what the person's repository is like at this moment. */
const noteProgram = `import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function note(kind, text) {
  const hash = createHash('sha256')
  for (const file of ['HEAD', 'index', 'config', 'refs/heads/main']) hash.update(readFileSync(join(process.env.PROOF_REPOSITORY, file)))
  appendFileSync(process.env.PROOF_NOTES, JSON.stringify({ kind, text, repository: hash.digest('hex') }) + '\\n')
}
`

const setupProgram = `import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { note } from './note.mjs'

note('setup', createHash('sha256').update(readFileSync('package-lock.json')).digest('hex'))
execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { stdio: 'inherit' })
`

const agentProgram = (lockfiles) => `import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { note } from './note.mjs'

const assignment = readFileSync(0, 'utf8').split('\\n', 1)[0]
const [role, phase, module] = ['role', 'phase', 'module'].map((name) => new RegExp(name + '="([^"]*)"').exec(assignment)?.[1])
note('agent', role === 'implementation-executor' ? phase + ' ' + module : role + ' ' + phase)

const npm = (...args) => execFileSync('npm', [...args, '--no-audit', '--no-fund'], { stdio: 'inherit' })
const install = (name, library) => {
  npm('install', name, '--workspace', 'packages/' + library)
  writeFileSync('packages/' + library + '/' + name + '.test.mjs', \`import found from '\${name}'
import { test } from 'node:test'
test('\${name} is there', () => {
  if (typeof found !== 'function') throw new Error(String(found))
})
\`)
}

const work = {
  '1 a': () => writeFileSync('packages/a/size.mjs', "import { name } from './index.mjs'\\nexport const size = name.length\\n"),
  '2 a': () => install('is-odd', 'a'),
  '3 c': () => {
    mkdirSync('packages/c', { recursive: true })
    writeFileSync('packages/c/package.json', ${JSON.stringify(manifestOf('c', { a: '*' }))})
    writeFileSync('packages/c/index.test.mjs', ${JSON.stringify(testOf('c', `import { name } from 'a'`, `name === 'a'`))})
${lockfiles === 'agents' ? "    npm('install', '--package-lock-only')\n" : ''}  },
  '4 a': () => install('is-sorted', 'a'),
  '4 b': () => install('is-even', 'b'),
}
if (role === 'implementation-executor') work[phase + ' ' + module]?.()
`

/** Its targets run through Nx's run-commands, as most workspaces have them, and are cached. */
function manifestOf(name, dependencies = {}) {
  const target = { executor: 'nx:run-commands', cache: true, options: { command: `node --test packages/${name}` } }
  const exports = name === 'c' ? {} : { exports: { '.': './index.mjs', './package.json': './package.json' } }
  return json({
    name,
    version: '1.0.0',
    private: true,
    type: 'module',
    ...exports,
    dependencies,
    nx: { targets: { test: target } },
  })
}

function testOf(name, imports, holds) {
  return `${imports}
import { test } from 'node:test'
import { note } from '../../tools/note.mjs'
test('${name}', () => {
  note('test', '${name}')
  if (!(${holds})) throw new Error('no')
})
`
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}
