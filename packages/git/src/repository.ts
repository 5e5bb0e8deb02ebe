import { realpath, stat } from 'node:fs/promises'
import type { Head, OpenOutcome, Repository } from './contract.ts'
import { firstCommitCommand } from './first-commit.ts'
import { Objects } from './objects/objects.ts'
import { placeOf } from './place.ts'
import { porcelain } from './porcelain.ts'
import { firstLine, GitError, git, gitAnywhere, RefPipe } from './process/index.ts'
import { treeOf } from './tree.ts'

/** The oldest git with in-memory merges (`merge-tree --write-tree`). */
const OLDEST_GIT = [2, 38] as const

const kindOptions = ['--is-bare-repository', '--is-inside-work-tree'] as const
const pathOptions = ['--show-toplevel', '--git-dir', '--git-common-dir'] as const

/**
 * Finds the repository whose working tree holds `directory`. In a linked worktree, `root` is that worktree, `gitDir`
 * its own and `commonDir` the shared one. Anything that is not a repository one can build on is an outcome with the
 * next command in `hint`.
 */
export async function openRepository(directory: string): Promise<OpenOutcome> {
  const place = await realpath(directory).catch(() => undefined)
  if (place === undefined || !(await stat(place)).isDirectory()) {
    return {
      kind: 'not-a-repository',
      message: `${directory} is not a directory.`,
      hint: 'Name an existing directory inside a git repository.',
    }
  }
  const looking = gitAnywhere(place, ['rev-parse', ...kindOptions, '--path-format=absolute', ...pathOptions])
  // Without a git that will do, its answer is of no interest.
  looking.catch(() => undefined)
  const tooOld = await whyGitWillNotDo(place)
  if (tooOld !== undefined) return tooOld
  const found = await looking
  const [bare, inside, ...paths] = found.stdout.split('\n').slice(0, -1)
  if (bare === undefined || inside === undefined) {
    return {
      kind: 'not-a-repository',
      message: `${place} is not in a git repository: ${firstLine(found.stderr)}`,
      hint: found.stderr.includes('safe.directory')
        ? `If you trust it: git config --global --add safe.directory ${place}`
        : `Make it one: git init && ${await firstCommitCommand(place)}`,
    }
  }
  if (bare === 'true') {
    return {
      kind: 'bare',
      message: `${place} is a bare repository; there are no working files to build on.`,
      hint: 'Work in a clone of it: git clone PATH',
    }
  }
  if (inside !== 'true') {
    return {
      kind: 'not-a-repository',
      message: `${place} is inside a git directory, not in a working tree.`,
      hint: 'Change into the working tree.',
    }
  }
  // A path that holds newlines is asked for alone.
  const isPlain = found.exitCode === 0 && paths.length === pathOptions.length
  const [root, gitDir, commonDir] = await Promise.all(
    isPlain ? paths.map((path) => realpath(path)) : pathOptions.map((option) => revParsePath(place, option)),
  )
  if (root === undefined || gitDir === undefined || commonDir === undefined) {
    throw new GitError(`git did not say where the repository of ${place} is.`)
  }
  const ownPlace = { gitDir: commonDir, cwd: commonDir, config: ['core.logAllRefUpdates=false'] }
  const repository: Repository = {
    root,
    gitDir,
    commonDir,
    objects: new Objects(commonDir),
    ownRefs: new RefPipe(ownPlace),
  }
  const head = await git(placeOf(repository), ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { exits: [0, 1] })
  if (head.exitCode !== 0) {
    return {
      kind: 'no-commit',
      message: `The repository ${root} has no commit yet.`,
      hint: `Make the first one: ${await firstCommitCommand(root)}`,
    }
  }
  return { kind: 'repository', repository }
}

/** Ends the processes that serve an open repository, and removes their files. Without this they end with this process. */
export async function closeRepository({ objects, ownRefs }: Repository): Promise<void> {
  await Promise.all([objects.close(), ownRefs.close()])
}

/** What HEAD names. Throws when it names no commit. */
export async function readHead(repo: Repository): Promise<Head> {
  const place = placeOf(repo)
  const [named, symbolic] = await Promise.all([
    git(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { exits: [0, 1] }),
    git(place, ['symbolic-ref', '--quiet', 'HEAD'], { exits: [0, 1] }),
  ])
  if (named.exitCode !== 0) {
    throw new GitError(`HEAD of ${repo.root} names no commit.`, {
      hint: `Make one: ${await firstCommitCommand(repo.root)}`,
    })
  }
  const commit = firstLine(named.stdout)
  const tree = await treeOf(repo, commit)
  const ref = firstLine(symbolic.stdout)
  return { commit, tree, ...(ref.startsWith('refs/heads/') ? { branch: ref.slice('refs/heads/'.length) } : {}) }
}

async function whyGitWillNotDo(cwd: string): Promise<OpenOutcome | undefined> {
  const hint = `Install git ${OLDEST_GIT.join('.')} or newer: https://git-scm.com/downloads`
  const { installed, major, minor, patch } = await porcelain(cwd).version()
  if (!installed) return { kind: 'no-git-program', message: 'The program git was not found.', hint }
  if (major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1])) return undefined
  return { kind: 'no-git-program', message: `This git is too old: ${major}.${minor}.${patch}.`, hint }
}

async function revParsePath(cwd: string, what: string): Promise<string> {
  const result = await gitAnywhere(cwd, ['rev-parse', '--path-format=absolute', what])
  if (result.exitCode !== 0) throw new GitError(`git rev-parse ${what} failed in ${cwd}: ${result.stderr.trim()}`)
  return realpath(result.stdout.replace(/\n$/, ''))
}
