import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A folder for everything a bench makes, removed at the end. */
export async function withGround(use) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-bench-')))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The paths of `count` small files, fifty to a folder. */
function filler(count) {
  return Array.from({ length: count }, (_, at) => `src/part-${Math.floor(at / 50)}/file-${at % 50}.txt`)
}

/** What a file of about 5 kB holds; no two are equal. */
const textOf = (path) => `${path}\n${'A line of text as there are many in a repository.\n'.repeat(100)}`

/**
 * Makes a repository with one commit: `count` filler files, an Nx workspace, and the files given.
 * @param {{ count?: number, files?: Readonly<Record<string, string>> }} options
 */
export function makeRepository(root, { count = 0, files = {} } = {}) {
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  mkdirSync(root, { recursive: true })
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'))
  for (const path of filler(count)) write(path, textOf(path))
  const all = {
    'nx.json': `${JSON.stringify({ plugins: ['nx-conduct'], analytics: false })}\n`,
    'package.json': `${JSON.stringify({ name: 'workspace', private: true, type: 'module' })}\n`,
    '.gitignore': 'node_modules\n.nx\n.conduct\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) write(path, text)
  git(root, 'init', '--quiet', '--initial-branch=main')
  // Nothing may be busy in the background while something is measured.
  git(root, 'config', 'gc.auto', '0')
  git(root, 'config', 'user.name', 'Somebody')
  git(root, 'config', 'user.email', 'somebody@localhost')
  git(root, 'add', '--all')
  git(root, 'commit', '--quiet', '--message', 'Start')
  git(root, 'gc', '--quiet')
}

/** A copy of a repository for one measurement. */
export function copyRepository(from, to) {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  git(to, 'status', '--short')
  return to
}

export function git(cwd, ...args) {
  return execFileSync('git', args, { cwd, encoding: 'utf8', env: plain(), maxBuffer: 2 ** 28 }).trim()
}

function plain() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NX_|GIT_|REDIS_URL|ANTHROPIC_|npm_|INIT_CWD|CI$)/.test(name)),
  )
}

/** Nx's cache is the measurement's own: by default all copies of a repository share one. */
export function environment(root) {
  return {
    ...plain(),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_CACHE_DIRECTORY: `${root}.home/nx-cache`,
    NX_WORKSPACE_DATA_DIRECTORY: `${root}.home/nx-data`,
    NX_CONDUCT_HOME: `${root}.home`,
    NO_COLOR: '1',
  }
}

/**
 * Runs `nx …` in a workspace to its end and returns the milliseconds it took. Throws when it fails.
 * @param {readonly string[]} [program] goes in front: a tracer
 */
export async function nx(root, args, program = []) {
  const [file, ...rest] = [...program, join(root, 'node_modules/.bin/nx'), ...args]
  return run(file, rest, root)
}

/** Runs a program to its end and returns the milliseconds it took. Throws when it fails. */
export async function run(file, args, cwd, env = {}) {
  const startedMs = performance.now()
  const child = spawn(file, args, { cwd, env: { ...environment(cwd), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${output}`)
  return performance.now() - startedMs
}

/** How many programs `nx …` starts, by name; undefined where there is no strace. */
export async function programs(root, args) {
  const trace = `${root}.trace`
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const watched = ['-e', 'trace=execve', '-e', 'status=successful', '-e', 'abbrev=none', '-s', '100']
  await nx(root, args, ['strace', '-f', '-qq', ...watched, '-o', trace])
  const counts = new Map()
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const argv = /execve\("[^"]*", \[(.*?)\], /.exec(line)?.[1]
    if (argv === undefined) continue
    const name = programName([...argv.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text))
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return new Map([...counts].sort(([, one], [, other]) => other - one))
}

function programName([program = '', ...args]) {
  const name = program.split('/').at(-1)
  if (name !== 'git') return name
  let at = 0
  while (args[at] === '-c') at += 2
  return `git ${args[at] ?? ''}`
}

/** The middle of several figures. */
export function median(figures) {
  const sorted = [...figures].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}

/** One line of a bench: what was measured, in seconds, and as a multiple of what it is compared with. */
export function line(what, ms, of) {
  const ratio = of === undefined ? '' : `  ${(ms / of).toFixed(2)}x`
  console.log(`${what.padEnd(44)} ${(ms / 1000).toFixed(2).padStart(7)} s${ratio}`)
}

/** Removes what one measurement made. */
export function discard(...roots) {
  for (const root of roots) {
    for (const path of [root, `${root}.home`, `${root}.trace`]) rmSync(path, { recursive: true, force: true })
  }
}
