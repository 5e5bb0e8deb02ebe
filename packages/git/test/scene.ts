import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'

const made: string[] = []

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-test-')))
  made.push(directory)
  return directory
}

/** Runs git as the user would, with the user's name and no settings of this machine. */
export function sh(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    env: {
      PATH: process.env['PATH'],
      HOME: join(cwd, '..'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    },
  }).replace(/\n$/, '')
}

export function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** A fresh repository on branch `main` with one commit that holds `files`. */
export async function repositoryWith(
  files: Readonly<Record<string, string>>,
  ...initOptions: readonly string[]
): Promise<Repository> {
  const root = join(temporaryDirectory(), 'repo')
  mkdirSync(root)
  sh(root, 'init', '-q', '-b', 'main', ...initOptions)
  write(root, files)
  commitAll(root, 'Start')
  return opened(root)
}

export async function opened(directory: string): Promise<Repository> {
  const outcome = await openRepository(directory)
  if (outcome.kind !== 'repository') throw new Error(outcome.message)
  return outcome.repository
}

export function commitAll(root: string, message: string): string {
  sh(root, 'add', '-A')
  sh(root, 'commit', '-q', '--allow-empty', '-m', message)
  return sh(root, 'rev-parse', 'HEAD')
}

/** A tree with exactly these files. */
export function treeWith(repo: Repository, files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory()
  write(directory, files)
  const index = join(temporaryDirectory(), 'index')
  const run = (...args: readonly string[]): string =>
    execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      env: { ...process.env, GIT_DIR: repo.gitDir, GIT_WORK_TREE: directory, GIT_INDEX_FILE: index },
    }).trim()
  run('add', '-A', '-f')
  return run('write-tree')
}

/** A digest of every file below `root`, by path: content, mode and link targets. `skip` leaves out paths. */
export function fingerprint(root: string, skip: (path: string) => boolean = () => false): Record<string, string> {
  const seen: Record<string, string> = {}
  const visit = (directory: string): void => {
    for (const name of readdirSync(directory).sort()) {
      const full = join(directory, name)
      const path = relative(root, full)
      if (skip(path)) continue
      const stats = lstatSync(full)
      if (stats.isDirectory()) visit(full)
      else if (stats.isSymbolicLink()) seen[path] = `link ${readlinkSync(full)}`
      else if (stats.isFile())
        seen[path] = `${stats.mode.toString(8)} ${createHash('sha1').update(readFileSync(full)).digest('hex')}`
      else seen[path] = 'special'
    }
  }
  visit(root)
  return seen
}
