import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const childProgram = fileURLToPath(new URL('conduct-child.mjs', import.meta.url))

/**
 * A repository as a person has one: a spec and its score committed, and besides a stash, a staged file, a changed file,
 * an untracked one, a tag, a branch, a note and settings of their own, none of which a run may touch.
 */
export async function makeTemplate(folder, { spec, score, files = {} }) {
  const root = join(folder, 'workspace')
  const git = (...args) => runGit(root, args)
  const write = async (path, text) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await mkdir(root, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('config', 'user.name', 'Somebody')
  await git('config', 'user.email', 'somebody@localhost')
  await git('config', 'alias.last', 'log -1')
  const all = {
    'package.json': '{ "name": "workspace", "private": true, "type": "module" }\n',
    '.gitignore': '.conduct\n',
    '.spec/SPEC.md': spec,
    '.spec/score.yaml': score,
    'plans.txt': 'plans\n',
    'README.txt': 'read me\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) await write(path, text)
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'Start')
  await git('tag', 'v0')
  await git('branch', 'elsewhere')
  await git('notes', 'add', '-m', 'a note')
  await write('plans.txt', 'other plans\n')
  await git('stash', 'push', '--quiet')
  await write('README.txt', 'read me, please\n')
  await write('staged.txt', 'staged\n')
  await git('add', 'staged.txt')
  await write('loose.txt', 'untracked\n')
}

/** A copy of the template to conduct in: with a home for worktrees, a folder for temporary files and a home folder of its own. */
export async function copyWorkspace(template, top, { env = {} } = {}) {
  await mkdir(top, { recursive: true })
  const root = join(top, 'workspace')
  await cp(join(template, 'workspace'), root, { recursive: true, preserveTimestamps: true })
  const places = { root, home: join(top, 'home'), temporary: join(top, 'tmp'), person: join(top, 'person') }
  for (const place of [places.home, places.temporary, places.person]) await mkdir(place)
  await runGit(root, ['status', '--short'])
  return openPlace(top, places, env)
}

/** Gives a workspace a repository of its own to share its run log in, as the remote `origin`. */
export async function shareLog({ top, git }) {
  const shared = join(top, 'shared.git')
  await git('init', '--quiet', '--bare', shared)
  await git('remote', 'add', 'origin', shared)
  return shared
}

/** @param {Readonly<Record<string, string>>} own variables that every run in this workspace gets */
function openPlace(top, { root, home, temporary, person }, own) {
  return {
    top,
    root,
    home,
    temporary,
    gitDir: join(root, '.git'),
    git: (...args) => runGit(root, args),
    write: (path, text) => writeFile(join(root, path), text),
    remove: () => rm(top, { recursive: true, force: true }),
    /**
     * Conducts in a process group of its own. `program` goes in front of node: a tracer, another clock.
     * @param {{ strikes?: readonly object[], record?: string, env?: Record<string, string>, program?: readonly string[] }} options
     */
    conduct({ strikes, record, env = {}, program = [] } = {}) {
      const [file, ...args] = [...program, process.execPath, childProgram, JSON.stringify({ root, strikes, record })]
      return startProcess(file, args, {
        cwd: root,
        env: {
          ...plainEnvironment(),
          HOME: person,
          TMPDIR: temporary,
          NX_CONDUCT_HOME: home,
          NO_COLOR: '1',
          ...own,
          ...env,
        },
      })
    },
  }
}

/**
 * A process whose output is kept, in a group of its own. With `log`, its output goes to that file, as in CI and after `>`:
 * what Node calls a pipe is a socket, which no other process can open.
 */
export function startProcess(file, args, { cwd, env, log }) {
  const sink = log === undefined ? 'pipe' : openSync(log, 'a')
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', sink, sink] })
  let output = ''
  const listeners = new Set()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  if (log === undefined) {
    const take = (chunk) => {
      output += chunk
      tell()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
  } else {
    closeSync(sink)
    const read = () => {
      output = readFileSync(log, 'utf8')
      tell()
    }
    const reading = setInterval(read, 50)
    child.once('exit', () => {
      clearInterval(reading)
      read()
    })
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const signal = (name, target) => {
    try {
      process.kill(target, name)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  return {
    pid: child.pid,
    output: () => output,
    ended,
    kill: (name) => signal(name, child.pid),
    killGroup: (name) => signal(name, -child.pid),
    /** Resolves when the output holds the text; fails when the process ends without it. */
    async until(text) {
      const said = () => (typeof text === 'string' ? output.includes(text) : text.test(output))
      let listener = () => {}
      const heard = new Promise((resolve) => {
        listener = () => said() && resolve(true)
        listeners.add(listener)
        listener()
      })
      const found = await Promise.race([heard, ended.then(said)])
      listeners.delete(listener)
      if (!found) throw new Error(`the process ended before it said ${text}:\n${output}`)
    },
  }
}

/** This process's environment without anything that would steer git, Nx, Redis or an agent. */
export function plainEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(NX_|GIT_|VITEST|REDIS_URL|ANTHROPIC_|NODE_OPTIONS|INIT_CWD|npm_|FORCE_COLOR|CI$)/.test(name),
    ),
  )
}

async function runGit(cwd, args) {
  const date = '2026-01-01T00:00:00Z'
  const { stdout } = await execa('git', args, {
    cwd,
    env: { ...plainEnvironment(), GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_OPTIONAL_LOCKS: '0' },
    extendEnv: false,
  })
  return stdout
}
