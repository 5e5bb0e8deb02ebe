import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plainEnvironment, startProcess } from '../workspace.mjs'
import { workspaceFiles } from './plan.mjs'

const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url))
const ours = ['spec', 'git', 'store', 'agent', 'conductor', 'nx-conduct']

/** Packs the product's packages into a folder as they would be published. Returns their files by package name. */
export function packProduct(folder) {
  const workspaces = ours.flatMap((name) => ['--workspace', `packages/${name}`])
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder, ...workspaces], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const packed = JSON.parse(output)
  return Object.fromEntries(Object.values(packed).map(({ name, filename }) => [name, join(folder, filename)]))
}

/**
 * A person's npm workspace: packages installed, lockfile made here and now, everything committed.
 * @param {Readonly<Record<string, string>>} product from `packProduct`
 */
export async function makePlace(top, options, product) {
  const root = join(top, 'workspace')
  const places = { root, home: join(top, 'home'), temporary: join(top, 'tmp'), gitDir: join(root, '.git') }
  const notes = join(top, 'notes.jsonl')
  for (const folder of [root, places.home, places.temporary]) await mkdir(folder, { recursive: true })
  const env = {
    ...plainEnvironment(),
    TMPDIR: places.temporary,
    NX_CONDUCT_HOME: places.home,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NO_COLOR: '1',
    PROOF_NOTES: notes,
    PROOF_REPOSITORY: places.gitDir,
  }
  const start = (file, ...args) =>
    execFileSync(file, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const packages = {}
  const { version: nxVersion } = JSON.parse(readFileSync(join(repositoryRoot, 'node_modules/nx/package.json'), 'utf8'))
  await mkdir(join(root, 'vendor'))
  for (const [name, file] of Object.entries(product)) {
    const path = `vendor/${name.replace('/', '-').replace('@', '')}.tgz`
    await writeFile(join(root, path), readFileSync(file))
    packages[name] = `file:${path}`
  }
  for (const [path, text] of Object.entries(workspaceFiles({ ...options, nxVersion, packages }))) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  start('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund')
  const git = async (...args) => start('git', ...args).trimEnd()
  await git('init', '--quiet', '--initial-branch=main')
  await git('config', 'user.name', 'Somebody')
  await git('config', 'user.email', 'somebody@localhost')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'Start')
  await git('status', '--short')
  return {
    ...places,
    top,
    git,
    start,
    /** Starts `nx …` as a person does. */
    nx: (...args) => startProcess(join(root, 'node_modules/.bin/nx'), args, { cwd: root, env }),
    /** What ran since the beginning: setups, agents and tests, each with what the repository was like. */
    notes: () =>
      existsSync(notes)
        ? readFileSync(notes, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    /** The same digest as the workspace's own `tools/note.mjs` makes. */
    repositoryDigest() {
      const hash = createHash('sha256')
      for (const file of ['HEAD', 'index', 'config', 'refs/heads/main'])
        hash.update(readFileSync(join(places.gitDir, file)))
      return hash.digest('hex')
    },
  }
}
