import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdvanceRequest, advanceBranch, type Repository } from '../src/index.ts'
import { actorDirectory, buildActor, spawnActor } from './actor.ts'
import { fingerprint, opened, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

beforeAll(buildActor)
afterAll(() => rmSync(actorDirectory, { recursive: true, force: true }))

const start = {
  'edit.txt': 'one\n',
  'drop.txt': 'one\n',
  'other.txt': 'one\n',
  'staged.txt': 'one\n',
  'becomes-folder': 'one\n',
  'becomes-file/inner.txt': 'one\n',
}

/** On main: `start`. The target: one commit further, made as conduct would, beside the checkout. */
async function scene(): Promise<{ repo: Repository; request: AdvanceRequest }> {
  const repo = await repositoryWith(start)
  const from = sh(repo.root, 'rev-parse', 'HEAD')
  const side = join(temporaryDirectory(), 'side')
  sh(repo.root, 'worktree', 'add', '-q', '--detach', side)
  sh(side, 'rm', '-q', '-r', 'drop.txt', 'becomes-folder', 'becomes-file')
  write(side, {
    'edit.txt': 'two\n',
    'new.txt': 'new\n',
    'becomes-folder/x': 'x\n',
    'becomes-file': 'f\n',
    'a/b/c.sh': '#!\n',
  })
  chmodSync(join(side, 'a/b/c.sh'), 0o755)
  symlinkSync('new.txt', join(side, 'link'))
  sh(side, 'add', '-A')
  sh(side, 'commit', '-q', '-m', 'Built')
  const to = sh(side, 'rev-parse', 'HEAD')
  sh(repo.root, 'worktree', 'remove', side)
  return { repo, request: { branch: 'main', from, to } }
}

async function untouchedAfter(repo: Repository, act: () => Promise<unknown>): Promise<void> {
  const before = fingerprint(repo.root)
  await act()
  expect(fingerprint(repo.root)).toEqual(before)
}

function noLeftovers(repo: Repository): void {
  expect(readdirSync(repo.gitDir).filter((name) => /nx-conduct|\.lock/.test(name))).toEqual([])
}

describe('advanceBranch', () => {
  it('moves branch, index and files, and leaves unrelated changes as they are', async () => {
    const { repo, request } = await scene()
    write(repo.root, { 'other.txt': 'mine\n', 'staged.txt': 'mine\n', 'untracked.txt': 'mine\n' })
    sh(repo.root, 'add', 'staged.txt')
    const outcome = await advanceBranch(repo, request)
    expect(outcome).toEqual({ kind: 'advanced', from: request.from, to: request.to, filesUpdated: true })
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(request.to)
    expect(sh(repo.root, 'status', '--porcelain')).toBe(' M other.txt\nM  staged.txt\n?? untracked.txt')
    expect(readFileSync(join(repo.root, 'a/b/c.sh'), 'utf8')).toBe('#!\n')
    expect(existsSync(join(repo.root, 'drop.txt'))).toBe(false)
    expect(sh(repo.root, 'reflog', '-1', '--format=%gs')).toBe('nx-conduct: fast-forward')
    noLeftovers(repo)
    expect(await advanceBranch(repo, request)).toEqual({ kind: 'already-there' })
  })

  const obstacles: Record<string, { do: (root: string) => void; path: string }> = {
    'an edited file': { do: (root) => write(root, { 'edit.txt': 'mine\n' }), path: 'edit.txt' },
    'an edited file that goes away': { do: (root) => write(root, { 'drop.txt': 'mine\n' }), path: 'drop.txt' },
    'a deleted file': { do: (root) => unlinkSync(join(root, 'edit.txt')), path: 'edit.txt' },
    'a staged change': {
      do: (root) => {
        write(root, { 'edit.txt': 'mine\n' })
        sh(root, 'add', 'edit.txt')
        write(root, { 'edit.txt': 'one\n' })
      },
      path: 'edit.txt',
    },
    'an untracked file': { do: (root) => write(root, { 'new.txt': 'mine\n' }), path: 'new.txt' },
    'an ignored file': {
      do: (root) => {
        write(root, { 'new.txt': 'mine\n' })
        writeFileSync(join(root, '.git/info/exclude'), 'new.txt\n')
      },
      path: 'new.txt',
    },
    'a folder with untracked files': { do: (root) => write(root, { 'new.txt/mine': 'mine\n' }), path: 'new.txt' },
    'an untracked file where a folder comes': { do: (root) => write(root, { a: 'mine\n' }), path: 'a/b/c.sh' },
    'an untracked link where a folder comes': { do: (root) => symlinkSync('/tmp', join(root, 'a')), path: 'a/b/c.sh' },
    'an untracked file in a folder that becomes a file': {
      do: (root) => write(root, { 'becomes-file/mine': 'mine\n' }),
      path: 'becomes-file',
    },
    'a file made executable': { do: (root) => chmodSync(join(root, 'edit.txt'), 0o755), path: 'edit.txt' },
  }

  it.each(Object.keys(obstacles))('is refused for %s in the way, and changes nothing', async (name) => {
    const { repo, request } = await scene()
    const obstacle = obstacles[name]
    obstacle?.do(repo.root)
    await untouchedAfter(repo, async () => {
      const outcome = await advanceBranch(repo, request)
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'dirty' })
      expect(outcome.kind === 'refused' && outcome.paths).toContain(obstacle?.path)
    })
  })

  it('counts content that equals the target as clean, tracked or not', async () => {
    const { repo, request } = await scene()
    write(repo.root, { 'edit.txt': 'two\n', 'new.txt': 'new\n' })
    unlinkSync(join(repo.root, 'drop.txt'))
    sh(repo.root, 'add', 'edit.txt')
    mkdirSync(join(repo.root, 'a'))
    expect((await advanceBranch(repo, request)).kind).toBe('advanced')
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  })

  it('compares as the user sees files: line endings and filters', async () => {
    const { repo, request } = await scene()
    sh(repo.root, 'config', 'core.autocrlf', 'true')
    rmSync(join(repo.root, 'edit.txt'))
    sh(repo.root, 'checkout', 'edit.txt')
    expect(readFileSync(join(repo.root, 'edit.txt'), 'utf8')).toBe('one\r\n')
    write(repo.root, { 'new.txt': 'new\r\n' })
    expect((await advanceBranch(repo, request)).kind).toBe('advanced')
    expect(readFileSync(join(repo.root, 'edit.txt'), 'utf8')).toBe('two\r\n')
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  })

  it('moves only the ref of a branch that is not checked out', async () => {
    const { repo, request } = await scene()
    sh(repo.root, 'checkout', '-q', '-b', 'elsewhere')
    const files = fingerprint(repo.root, (path) => path.startsWith('.git'))
    write(repo.root, { 'edit.txt': 'mine\n' })
    expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'advanced', filesUpdated: false })
    write(repo.root, { 'edit.txt': 'one\n' })
    expect(fingerprint(repo.root, (path) => path.startsWith('.git'))).toEqual(files)
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(request.to)
    expect(await advanceBranch(repo, request)).toEqual({ kind: 'already-there' })
  })

  it('moves index and files of a linked worktree', async () => {
    const { repo, request } = await scene()
    sh(repo.root, 'checkout', '-q', '--detach')
    const path = join(temporaryDirectory(), 'linked')
    sh(repo.root, 'worktree', 'add', '-q', path, 'main')
    const linked = await opened(path)
    expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'refused', reason: 'checked-out-elsewhere' })
    expect(await advanceBranch(linked, request)).toMatchObject({ kind: 'advanced', filesUpdated: true })
    expect(sh(path, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(repo.root, 'edit.txt'), 'utf8')).toBe('one\n')
  })

  it('is refused when the branch moved or the target does not build on it', async () => {
    const { repo, request } = await scene()
    const foreign = sh(repo.root, 'commit-tree', '-m', 'x', `${request.to}^{tree}`)
    await untouchedAfter(repo, async () => {
      const reason = async (change: Partial<AdvanceRequest>): Promise<unknown> => {
        const outcome = await advanceBranch(repo, { ...request, ...change })
        return outcome.kind === 'refused' ? outcome.reason : outcome.kind
      }
      expect(await reason({ to: foreign })).toBe('not-fast-forward')
      expect(await reason({ from: request.to, to: request.to })).toBe('branch-moved')
      expect(await reason({ branch: 'missing' })).toBe('branch-moved')
    })
  })

  it.each([
    ['merge', 'MERGE_HEAD'],
    ['rebase', 'rebase-merge/head-name'],
    ['cherry-pick', 'CHERRY_PICK_HEAD'],
  ])('is refused during a %s', async (operation, file) => {
    const { repo, request } = await scene()
    write(repo.gitDir, { [file]: `${request.from}\n` })
    const outcome = await advanceBranch(repo, request)
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'operation-in-progress' })
    expect(outcome.kind === 'refused' && outcome.message).toContain(operation)
  })

  it('is refused for a branch that is being rebased somewhere', async () => {
    const { repo, request } = await scene()
    sh(repo.root, 'checkout', '-q', '--detach')
    write(repo.gitDir, { 'rebase-merge/head-name': 'refs/heads/main\n' })
    expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'refused', reason: 'operation-in-progress' })
  })

  it("respects another program's index.lock, and leaves it", async () => {
    const { repo, request } = await scene()
    writeFileSync(join(repo.gitDir, 'index.lock'), '')
    await untouchedAfter(repo, async () => {
      expect(await advanceBranch(repo, { ...request, indexWaitMs: 100 })).toMatchObject({
        kind: 'refused',
        reason: 'operation-in-progress',
      })
    })
  })

  it.each([
    ['emptied', 0],
    ['cut off', 100],
  ])('is refused when the index was %s, and goes on when it was made anew', async (_how, length) => {
    const { repo, request } = await scene()
    const index = join(repo.gitDir, 'index')
    truncateSync(index, length)
    const before = readFileSync(index)
    const outcome = await advanceBranch(repo, request)
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'index-damaged' })
    const mend = `rm ${index} && git -C ${repo.root} reset`
    expect(outcome.kind === 'refused' && outcome.message).toContain(mend)
    expect(readFileSync(index)).toEqual(before)
    expect(readFileSync(join(repo.root, 'edit.txt'), 'utf8')).toBe('one\n')
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(request.from)
    rmSync(index)
    sh(repo.root, 'reset', '--quiet')
    expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'advanced' })
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  })

  it('takes an index without a checksum for whole', async () => {
    const { repo, request } = await scene()
    const index = join(repo.gitDir, 'index')
    const bytes = readFileSync(index)
    writeFileSync(index, bytes.fill(0, bytes.length - 20))
    expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'advanced' })
  })

  it('takes files and index back when the branch cannot be moved', async () => {
    const { repo, request } = await scene()
    write(repo.root, { 'other.txt': 'mine\n', 'staged.txt': 'mine\n' })
    sh(repo.root, 'add', 'staged.txt')
    const isGit = (path: string): boolean => path === '.git'
    const before = fingerprint(repo.root, isGit)
    writeFileSync(join(repo.gitDir, 'refs/heads/main.lock'), '')
    await expect(advanceBranch(repo, request)).rejects.toThrow(/main\.lock/)
    rmSync(join(repo.gitDir, 'refs/heads/main.lock'))
    expect(fingerprint(repo.root, isGit)).toEqual(before)
    expect(sh(repo.root, 'status', '--porcelain')).toBe(' M other.txt\nM  staged.txt')
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(request.from)
    noLeftovers(repo)
    expect((await advanceBranch(repo, request)).kind).toBe('advanced')
  })

  it.each([
    { at: 'read-tree', when: 'before' },
    { at: 'read-tree', when: 'after' },
    { at: 'update-ref', when: 'before' },
    { at: 'update-ref', when: 'after' },
  ] as const)('finishes after a kill $when $at', async (kill) => {
    const { repo, request } = await scene()
    write(repo.root, { 'other.txt': 'mine\n' })
    const actor = spawnActor(repo, { advance: request, kill })
    const [, signal] = await once(actor, 'exit')
    expect(signal).toBe('SIGKILL')
    const { from, to } = request
    const hasMoved = kill.at === 'update-ref' && kill.when === 'after'
    expect(await advanceBranch(repo, request)).toEqual(
      hasMoved ? { kind: 'already-there' } : { kind: 'advanced', from, to, filesUpdated: true },
    )
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(request.to)
    expect(sh(repo.root, 'status', '--porcelain')).toBe(' M other.txt')
    noLeftovers(repo)
  })

  it('finishes when files were left half-written, but takes no other change for its own', async () => {
    const { repo, request } = await scene()
    const actor = spawnActor(repo, { advance: request, kill: { at: 'update-index', when: 'after' } })
    await once(actor, 'exit')
    const second = spawnActor(repo, { advance: request, kill: { at: 'read-tree', when: 'before' } })
    await once(second, 'exit')
    write(repo.root, { 'new.txt': 'new\n', 'becomes-file/inner.txt': 'one\n' })
    truncateSync(join(repo.root, 'new.txt'), 2)
    unlinkSync(join(repo.root, 'edit.txt'))
    expect((await advanceBranch(repo, request)).kind).toBe('advanced')
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')

    const again = await scene()
    await once(spawnActor(again.repo, { advance: again.request, kill: { at: 'read-tree', when: 'before' } }), 'exit')
    write(again.repo.root, { 'edit.txt': 'tw and mine\n' })
    expect(await advanceBranch(again.repo, again.request)).toMatchObject({ kind: 'refused', paths: ['edit.txt'] })
    expect(readFileSync(join(again.repo.root, 'edit.txt'), 'utf8')).toBe('tw and mine\n')
  })
})
