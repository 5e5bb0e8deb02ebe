import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { plainEnvironment, startProcess } from '../workspace.mjs'
import { situationScore, situationSpec } from './plan.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const checkout = join(here, '../../..')
const programs = {
  conduct: join(here, '../conduct-child.mjs'),
  run: join(here, 'run-child.mjs'),
  executor: join(here, 'executor-child.mjs'),
  cli: join(checkout, 'packages/nx-conduct/bin/nx-conduct.js'),
}
const nxProgram = join(checkout, 'node_modules/.bin/nx')

/**
 * A workspace in a repository, and how a person and the product work in it. Nothing is made yet.
 *
 * @param {string} folder for all of it: the workspace is `folder/<name>`, beside it the home folder and the rest
 * @param {{ name?: string, control?: string, env?: Readonly<Record<string, string | undefined>> }} [options] `control`:
 *   where the agents' marks are, shared with another place where it is given
 */
export async function openPlace(
  folder,
  { name = 'workspace', control = join(folder, 'control'), home = join(folder, 'home'), env: own = {} } = {},
) {
  const root = join(folder, name)
  const person = join(folder, 'person')
  const temporary = join(folder, 'tmp')
  for (const each of [control, person, home, temporary]) await mkdir(each, { recursive: true })
  const environment = (more = {}) => {
    const all = {
      ...plainEnvironment(),
      HOME: person,
      TMPDIR: temporary,
      NX_CONDUCT_HOME: home,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_NATIVE_FILE_CACHE_DIRECTORY: join(dirname(folder), 'nx-native'),
      NO_COLOR: '1',
      npm_config_update_notifier: 'false',
      ...own,
      ...more,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  const started = (file, args, { env, cwd = root, log } = {}) =>
    startProcess(file, args, { cwd, env: environment(env), log })
  let logs = 0

  const place = {
    folder,
    root,
    person,
    home,
    temporary,
    control,
    environment,
    /** Where the user's files are looked at: the top of the repository. */
    top: root,
    gitDir: join(root, '.git'),
    /** Git as the person types it. Throws when it fails. */
    async git(...args) {
      const date = '2026-01-01T00:00:00Z'
      const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
      const { stdout } = await execa('git', args, {
        cwd: root,
        env: environment({ ...dates, GIT_OPTIONAL_LOCKS: '0' }),
        extendEnv: false,
        stripFinalNewline: true,
      })
      return stdout
    },
    /** A line typed into a shell, in the workspace. */
    async sh(command, { env = {}, cwd = root } = {}) {
      const path = `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}`
      const { exitCode, all } = await execa('sh', ['-c', command], {
        cwd,
        env: environment({ PATH: path, ...env }),
        extendEnv: false,
        reject: false,
        all: true,
        stdin: 'ignore',
      })
      return { code: exitCode ?? -1, output: `$ ${command}\n${all}\n` }
    },
    async write(path, text) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    },
    read: (path) => readFile(join(root, path), 'utf8'),
    has: (path) => existsSync(join(root, path)),
    async commit(path, text, message = `Add ${path}`) {
      await place.write(path, text)
      await place.git('add', '--', path)
      await place.git('commit', '--quiet', '--message', message, '--', path)
      return place.git('rev-parse', 'HEAD')
    },
    /** Conducts; with `strikes` it signals itself at points of the run, see `crashPoints`. */
    conduct: ({ strikes, env, specFile = '.spec/SPEC.md' } = {}) =>
      strikes === undefined
        ? started(process.execPath, [programs.run, specFile], { env })
        : started(process.execPath, [programs.conduct, JSON.stringify({ root, strikes, specFile })], { env }),
    executor: (executor, options = {}, { env } = {}) =>
      started(process.execPath, [programs.executor, executor, JSON.stringify(options)], { env }),
    cli: (...args) => started(process.execPath, [programs.cli, ...args]),
    nx(args, { env, cwd } = {}) {
      logs += 1
      return started(nxProgram, args, { env, cwd, log: join(temporary, '..', `nx-${logs}.log`) })
    },
    hold: () => writeFile(join(control, 'hold'), ''),
    release: () => rm(join(control, 'hold'), { force: true }),
    isReached: () => existsSync(join(control, 'reached')),
    forget: () => rm(join(control, 'reached'), { force: true }),
    /** Names of the agents that worked, in the order in which they began. */
    async sessions() {
      const text = await readFile(join(control, 'sessions'), 'utf8').catch(() => '')
      return text.split('\n').filter(Boolean)
    },
    note: (text) => appendFile(join(control, 'sessions'), text),
  }
  return place
}

/** Files of every workspace: Nx, the plugin, the plan and its score. */
export function workspaceFiles({ control }, { spec = {}, score = {}, files = {} } = {}) {
  return {
    'nx.json': `${JSON.stringify({ plugins: ['nx-conduct'], sync: { globalGenerators: ['nx-conduct:sync'] }, analytics: false })}\n`,
    'package.json': '{ "name": "workspace", "private": true, "type": "module" }\n',
    '.gitignore': 'node_modules\n.nx\n.conduct\n*.local\n',
    '.spec/SPEC.md': situationSpec(spec),
    '.spec/score.yaml': situationScore({ control, ...score }),
    'README.txt': 'read me\n',
    'plans.txt': 'plans\n',
    ...files,
  }
}

export async function writeWorkspace(place, options) {
  for (const [path, text] of Object.entries(workspaceFiles(place, options))) await place.write(path, text)
  await linkModules(place.root)
}

/** The plugin is installed by a link, as a workspace of a package manager has it. */
export function linkModules(root) {
  return symlink(join(checkout, 'node_modules'), join(root, 'node_modules'))
}

/** The workspace's folder as a repository with one commit. */
export async function makeRepository(place, { init = [], config = {} } = {}) {
  const { git } = place
  await mkdir(place.root, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main', ...init)
  const settings = { 'user.name': 'Somebody', 'user.email': 'somebody@localhost', ...config }
  for (const [key, value] of Object.entries(settings)) await git('config', key, value)
}

export async function commitAll({ git }, message = 'Start') {
  await git('add', '--all')
  await git('commit', '--quiet', '--message', message)
}

/** A stash, a staged file, a changed one, an untracked one, an ignored one, a tag, a branch and a note of the person's. */
export async function addOwnThings(place) {
  const { git, write } = place
  await git('tag', 'v0')
  await git('branch', 'elsewhere')
  await write('plans.txt', 'other plans\n')
  await git('stash', 'push', '--quiet')
  await write('README.txt', 'read me, please\n')
  await write('staged.txt', 'staged\n')
  await git('add', 'staged.txt')
  await write('loose.txt', 'untracked\n')
  await write('secret.local', 'ignored, and only here\n')
}
