/**
 * `npm run bench -- setup [--times N]`: 4 phases with 3 modules each where every checkout needs `npm ci` of some 150 real packages,
 * against a script by hand that runs it in every worktree. The packages come from npm's cache: the bench fills it first,
 * which takes the registry. Build first.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyRepository, discard, environment, line, makeRepository, median, run, withGround } from './ground.mjs'
import { benchFiles } from './plan.mjs'

const { values } = parseArgs({ options: { times: { type: 'string', default: '3' } } })
const times = Number(values.times)
const shape = { phases: 4, modules: 3 }
const byHand = fileURLToPath(new URL('by-hand.mjs', import.meta.url))

const manifest = {
  name: 'workspace',
  version: '1.0.0',
  private: true,
  type: 'module',
  dependencies: { express: '^5.0.0' },
  devDependencies: { eslint: '^9.0.0' },
}

/** Counts itself in a file outside. */
const setup = 'sh setup.sh'
const setupScript = `echo setup >> "$BENCH_SETUPS"
exec npm ci --prefer-offline --no-audit --no-fund
`

await withGround(async (folder) => {
  const work = join(folder, 'work')
  const { lockfile, packages } = resolvePackages(join(folder, 'packages'))
  makeRepository(work, {
    count: 100,
    files: {
      ...benchFiles({ ...shape, settings: `setup: ${setup}\nenv: [BENCH_SETUPS]\n` }),
      'package.json': JSON.stringify(manifest),
      'package-lock.json': lockfile,
      'setup.sh': setupScript,
    },
  })
  const took = { ours: [], script: [] }
  for (let time = 1; time <= times; time += 1) {
    took.ours.push(
      await fresh(`ours-${time}`, (root, env) =>
        run(join(root, 'node_modules/.bin/nx'), ['run', 'spec:conduct'], root, env),
      ),
    )
    took.script.push(
      await fresh(`script-${time}`, (root, env) =>
        run(process.execPath, [byHand, JSON.stringify({ root, ...shape, setup })], root, env),
      ),
    )
  }
  console.log(`4 phases × 3 modules, npm ci of ${packages} packages, median of ${times}`)
  const [ours, script] = [took.ours, took.script]
  report('a script by hand', script)
  report('nx run spec:conduct', ours, median(script.map(({ ms }) => ms)))

  function report(what, runs, of) {
    line(what, median(runs.map(({ ms }) => ms)), of)
    const spread = runs.map(({ ms }) => (ms / 1000).toFixed(1)).join(', ')
    console.log(`  setups run: ${[...new Set(runs.map(({ setups }) => setups))].join(' or ')}; each run: ${spread} s`)
  }

  /** Measures on a copy of the repository and counts the setups. */
  async function fresh(name, measure) {
    const root = copyRepository(work, join(folder, name))
    const counted = `${root}.setups`
    try {
      const ms = await measure(root, { BENCH_SETUPS: counted })
      return { ms, setups: existsSync(counted) ? readFileSync(counted, 'utf8').split('\n').length - 1 : 0 }
    } finally {
      discard(root)
      rmSync(counted, { force: true })
    }
  }
})

/** A lockfile for the packages, and their number. Afterwards npm's cache holds them all. */
function resolvePackages(folder) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const npm = (...args) =>
    execFileSync('npm', [...args, '--no-audit', '--no-fund'], { cwd: folder, env: environment(folder), stdio: 'pipe' })
  npm('install')
  const lockfile = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  rmSync(folder, { recursive: true, force: true })
  return { lockfile, packages: Object.keys(JSON.parse(lockfile).packages).length - 1 }
}
