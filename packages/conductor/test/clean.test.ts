import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  createWorktree,
  ignoredPaths,
  openRepository,
  processIdentity,
  type Repository,
  readHead,
} from '@nx-conduct/git'
import { currentHolder, openRunLog } from '@nx-conduct/store'
import { afterEach, describe, expect, it } from 'vitest'
import { clean } from '../src/checkouts/clean.ts'
import { madeBySetup, recordSetup, removeLeftBeside, setupRecordOf } from '../src/checkouts/setup-record.ts'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

/** A repository after a run that kept its result on `conduct/spec`. */
async function afterARun() {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'conductor-clean-')))
  const root = join(top, 'workspace')
  mkdirSync(root)
  const git = (...args: readonly string[]) => gitIn(root, ...args)
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Person')
  git('config', 'user.email', 'person@example.com')
  write(root, { 'a.txt': '1\n', '.gitignore': 'node_modules/\n*.log\n' })
  const base = commit(root, 'Start')
  const found = await openRepository(root)
  if (found.kind !== 'repository') throw new Error(found.message)
  const { repository } = found

  const built = git('commit-tree', '-p', base, '-m', 'Built', `${treeOf(root, { 'built.txt': 'b\n' })}`)
  git('update-ref', 'refs/heads/conduct/spec', built)
  const holder = await currentHolder()
  const log = await openRunLog({
    commonDir: repository.commonDir,
    spec: 'spec',
    holder,
    now: () => new Date(),
    onNotice: () => undefined,
  })
  opened.push(async () => {
    await log.close()
    rmSync(top, { recursive: true, force: true })
  })
  const plan = git('commit-tree', '-m', 'Plan', `${base}^{tree}`)
  const record = async (operationId: string, body: Parameters<typeof log.append>[0]['body']) => {
    const outcome = await log.append({ operationId, body })
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusal))
  }
  await record('open', { type: 'run.opened', run: 'r1', spec: 'spec', base, plan, specFile: 'a.txt', phases: [] })
  await record('start', { type: 'finalize.started', run: 'r1', branch: 'main', from: base, to: built })
  const tree = git('rev-parse', `${built}^{tree}`)
  await record('end', { type: 'run.finalized', run: 'r1', branch: 'main', from: base, to: built, tree, moved: false })

  const home = join(top, 'home')
  const context = {
    workspace: { repository },
    plan: { name: 'spec' },
    log,
    checkouts: { folder: join(home, 'spec') },
    surroundings: { clock: { now: () => new Date() } },
  }
  const cleaned = async (force = false) => clean(context, { force })
  return { top, root, git, base, built, repository, home, cleaned }
}

function gitIn(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function commit(root: string, message: string): string {
  gitIn(root, 'add', '--all')
  gitIn(root, 'commit', '--quiet', '--allow-empty', '--message', message)
  return gitIn(root, 'rev-parse', 'HEAD')
}

/** HEAD's tree with further files, made beside index and files. */
function treeOf(root: string, files: Readonly<Record<string, string>>): string {
  const env = { ...process.env, GIT_INDEX_FILE: join(root, '.git', 'test-index') }
  const run = (input: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd: root, env, input, encoding: 'utf8' }).trim()
  run('', 'read-tree', 'HEAD')
  for (const [path, text] of Object.entries(files)) {
    run('', 'update-index', '--add', '--cacheinfo', `100644,${run(text, 'hash-object', '-w', '--stdin')},${path}`)
  }
  return run('', 'write-tree')
}

/** A worktree of ours whose process is gone. */
async function leftBehind(repository: Repository, path: string): Promise<void> {
  const { commit: at } = await readHead(repository)
  const dead = { ...(await processIdentity()), pid: spawnSync('true').pid }
  await createWorktree(repository, { path, commit: at, owner: { run: 'r1', ...dead } })
}

const branch = 'refs/heads/conduct/spec'

describe('the result branch', () => {
  it('goes when it is merged, and stays when it is not', async () => {
    const { git, cleaned, built } = await afterARun()
    expect(await cleaned()).toMatchObject([{ kind: 'kept', what: branch, why: expect.stringContaining('not merged') }])
    git('merge', '--quiet', '--ff-only', built)
    expect(await cleaned()).toEqual([{ kind: 'removed', what: branch }])
    expect(() => git('rev-parse', '--verify', branch)).toThrow()
  })

  it.each([false, true])('is kept while it is checked out here, with force: %s', async (force) => {
    const { root, git, cleaned } = await afterARun()
    git('checkout', '--quiet', 'conduct/spec')
    write(root, { 'mine.txt': 'mine\n' })
    const mine = commit(root, 'Mine')
    expect(await cleaned(force)).toEqual([{ kind: 'kept', what: branch, why: `it is checked out in ${root}` }])
    expect(git('rev-parse', 'HEAD')).toBe(mine)
  })

  it.each([false, true])(
    'is kept while a linked worktree has it checked out or bisects it, with force: %s',
    async (force) => {
      const { top, git, cleaned, built } = await afterARun()
      const linked = join(top, 'linked')
      git('worktree', 'add', '--quiet', linked, 'conduct/spec')
      for (const text of ['1', '2', '3', '4']) {
        write(linked, { 'mine.txt': text })
        commit(linked, text)
      }
      expect(await cleaned(force)).toEqual([{ kind: 'kept', what: branch, why: `it is checked out in ${linked}` }])
      gitIn(linked, 'bisect', 'start', 'HEAD', built)
      expect(await cleaned(force)).toEqual([
        { kind: 'kept', what: branch, why: `a bisect of it is in progress in ${linked}` },
      ])
      gitIn(linked, 'bisect', 'reset')
      gitIn(linked, '-c', 'sequence.editor=sed -i 1ibreak', 'rebase', '--quiet', '-i', '--force-rebase', built)
      expect(await cleaned(force)).toEqual([
        { kind: 'kept', what: branch, why: `a rebase of it is in progress in ${linked}` },
      ])
      expect(git('rev-parse', '--verify', branch)).not.toBe(built)
    },
  )

  it("is kept with a person's commits on it; force puts them on a ref first", async () => {
    const { git, cleaned, built } = await afterARun()
    const mine = git('commit-tree', '-p', built, '-m', 'Mine', `${built}^{tree}`)
    git('update-ref', branch, mine)
    expect(await cleaned()).toMatchObject([
      { kind: 'kept', what: branch, why: expect.stringContaining('commits of your own') },
    ])
    const [removed] = await cleaned(true)
    expect(removed).toMatchObject({
      kind: 'removed',
      what: branch,
      savedAs: expect.stringContaining('refs/conduct/spec/archive/'),
    })
    const savedAs = removed?.kind === 'removed' ? (removed.savedAs ?? '') : ''
    expect(git('rev-parse', savedAs)).toBe(mine)
  })

  it("is kept when a person put it on another commit of theirs, also one that is in no way the result's", async () => {
    const { git, cleaned, base } = await afterARun()
    const mine = git('commit-tree', '-p', base, '-m', 'Mine', `${base}^{tree}`)
    git('update-ref', branch, mine)
    expect(await cleaned()).toMatchObject([{ kind: 'kept', why: expect.stringContaining('commits of your own') }])
    git('merge', '--quiet', '--ff-only', mine)
    expect(await cleaned()).toEqual([{ kind: 'removed', what: branch }])
  })

  it('goes under the name it has beside one that a person worked on', async () => {
    const { git, cleaned, built } = await afterARun()
    git('update-ref', 'refs/heads/conduct/spec-r1', built)
    git('update-ref', 'refs/heads/conduct/spec-other', built)
    git('merge', '--quiet', '--ff-only', built)
    expect(await cleaned()).toEqual([
      { kind: 'removed', what: branch },
      { kind: 'removed', what: 'refs/heads/conduct/spec-r1' },
    ])
    expect(git('rev-parse', 'refs/heads/conduct/spec-other')).toBe(built)
  })
})

describe('worktrees that a dead process left', () => {
  it('go when nothing is in them but what setup made', async () => {
    const { cleaned, repository, home } = await afterARun()
    const [bare, set] = [join(home, 'spec', 'bare'), join(home, 'spec', 'set')]
    await leftBehind(repository, bare)
    await leftBehind(repository, set)
    write(set, { 'node_modules/x/index.js': '1', 'npm.log': '1' })
    const inside = await openRepository(set)
    if (inside.kind !== 'repository') throw new Error(inside.message)
    await recordSetup(set, await ignoredPaths(inside.repository))
    write(set, { 'node_modules/.cache/later': '1' })
    write(home, { 'spec/gone.setup.json': '{}', 'spec/gone.nx/cache/x': '1', 'spec/notes.json': '{}' })
    expect((await cleaned()).slice(0, 2)).toEqual([
      { kind: 'removed', what: bare, freed: expect.objectContaining({ inodes: 4 }) },
      { kind: 'removed', what: set, freed: expect.objectContaining({ inodes: 10 }) },
    ])
    expect(
      [bare, set, setupRecordOf(set), join(home, 'spec/gone.setup.json'), join(home, 'spec/gone.nx')].filter(
        existsSync,
      ),
    ).toEqual([])
    expect(existsSync(join(home, 'spec/notes.json'))).toBe(true)
  })

  it('are kept with a pipe that git would wait for; force removes them', async () => {
    const { cleaned, repository, home } = await afterARun()
    const path = join(home, 'spec', 'one')
    await leftBehind(repository, path)
    rmSync(join(path, '.gitignore'))
    execFileSync('mkfifo', [join(path, '.gitignore')])
    expect((await cleaned())[0]).toMatchObject({ kind: 'kept', why: expect.stringContaining('.gitignore') })
    expect((await cleaned(true))[0]).toMatchObject({ kind: 'removed', what: path })
    expect(existsSync(path)).toBe(false)
  })

  it('are kept when what is ignored in them is not all from setup', async () => {
    const { cleaned, repository, home } = await afterARun()
    const path = join(home, 'spec', 'one')
    await leftBehind(repository, path)
    write(path, { 'node_modules/x/index.js': '1' })
    const why = (list: string) =>
      `it holds ignored files that setup did not make (${list}); --force removes it and saves that to a ref`
    expect((await cleaned())[0]).toEqual({ kind: 'kept', what: path, why: why('node_modules/') })
    await recordSetup(path, ['node_modules/'])
    write(path, { 'debug.log': 'found it\n' })
    expect((await cleaned())[0]).toEqual({ kind: 'kept', what: path, why: why('debug.log') })
    writeFileSync(setupRecordOf(path), '{"made": nonsense')
    expect((await cleaned())[0]).toMatchObject({ kind: 'kept', what: path })
    expect(existsSync(setupRecordOf(path))).toBe(true)
    expect((await cleaned(true))[0]).toMatchObject({ kind: 'removed', what: path })
    expect([path, setupRecordOf(path)].filter(existsSync)).toEqual([])
  })

  it('are kept with changes, and with commits that are on no branch; force saves those first', async () => {
    const { cleaned, repository, home, git } = await afterARun()
    const [changed, committed] = [join(home, 'spec', 'changed'), join(home, 'spec', 'committed')]
    await leftBehind(repository, changed)
    await leftBehind(repository, committed)
    write(changed, { 'new.txt': 'new\n' })
    write(committed, { 'new.txt': 'new\n' })
    const mine = commit(committed, 'Mine')
    expect((await cleaned()).slice(0, 2)).toMatchObject([
      { kind: 'kept', what: changed, why: expect.stringContaining('new.txt') },
      { kind: 'kept', what: committed, why: expect.stringContaining(mine.slice(0, 7)) },
    ])
    const forced = (await cleaned(true)).filter(({ what }) => !what.startsWith('refs/'))
    expect(forced.map(({ kind, what }) => [kind, what]).sort()).toEqual([
      ['removed', changed],
      ['removed', committed],
    ])
    for (const entry of forced) {
      const savedAs = entry.kind === 'removed' ? entry.savedAs : undefined
      expect(git('show', `${savedAs}:new.txt`)).toBe('new')
    }
    expect(git('rev-parse', 'refs/conduct/spec/saved/clean/committed')).toBe(mine)
  })
})

describe('the record of a setup', () => {
  it('holds for what is below a folder that setup made, and for nothing else of a similar name', async () => {
    const { top } = await afterARun()
    await recordSetup(join(top, 'w'), ['node_modules/', 'a.log'])
    const isMade = await madeBySetup(join(top, 'w'))
    const paths = ['node_modules/', 'node_modules/x', 'a.log', 'node_modules', 'node_modules2/', 'a.logs', 'b/a.log']
    expect(paths.filter(isMade)).toEqual(['node_modules/', 'node_modules/x', 'a.log'])
    expect(['node_modules/'].filter(await madeBySetup(join(top, 'none')))).toEqual([])
  })

  it('goes with a checkout that is gone, and stays with one that is there', async () => {
    const { top } = await afterARun()
    const folder = join(top, 'checkouts')
    write(folder, {
      'here/x': '1',
      'here.setup.json': '{}',
      'here.nx/x': '1',
      'gone.setup.json': '{}',
      'gone.setup.json.new': '{',
      'gone.nx/x': '1',
      'notes.txt': '1',
    })
    await removeLeftBeside(folder)
    await removeLeftBeside(join(top, 'nowhere'))
    const left = [
      'here',
      'here.setup.json',
      'here.nx',
      'gone.setup.json',
      'gone.setup.json.new',
      'gone.nx',
      'notes.txt',
    ]
    expect(left.filter((name) => existsSync(join(folder, name)))).toEqual([
      'here',
      'here.setup.json',
      'here.nx',
      'notes.txt',
    ])
  })
})
