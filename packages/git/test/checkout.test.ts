import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  CheckoutLost,
  type CheckoutPlace,
  commitTree,
  LinkedCheckout,
  listWorktrees,
  PrivateCheckout,
  processIdentity,
  type Repository,
} from '../src/index.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory, treeWith } from './scene.ts'

const author = { name: 'Conduct', email: 'conduct@example.org' }
const files = {
  '.gitignore': 'ignored/\n*.log\n',
  'check.sh': 'test "$(cat a/value)" = right\n',
  'a/value': 'wrong\n',
  'a/b/deep.txt': 'deep\n',
  'c/one.txt': '1\n',
  'c/two.txt': '2\n',
}

function commitOf(repo: Repository, content: Readonly<Record<string, string>>): Promise<string> {
  const tree = treeWith(repo, content)
  return commitTree(repo, { tree, parents: [], message: 'x', author, at: '2026-01-01T00:00:00Z' })
}

async function scene() {
  const repo = await repositoryWith(files)
  const folder = temporaryDirectory()
  const [first, second] = await Promise.all([
    commitOf(repo, files),
    commitOf(repo, { ...files, 'a/value': 'right\n', 'c/one.txt': 'other\n', 'd/new.txt': 'new\n' }),
  ])
  if (first === undefined || second === undefined) throw new Error('no commits')
  const top = join(folder, 'checkout')
  return { repo, folder, first, second, top, state: `${top}.state` }
}

async function gateAt(repo: Repository, place: CheckoutPlace, commit: string): Promise<PrivateCheckout> {
  for (const folder of [place.top, place.state]) mkdirSync(folder)
  const checkout = new PrivateCheckout(repo, place)
  await checkout.become(commit)
  return checkout
}

async function gate() {
  const at = await scene()
  const checkout = await gateAt(at.repo, { top: at.top, state: at.state }, at.first)
  const sure = () => fingerprint(at.top, (path) => path === '.git')
  return { ...at, checkout, files: sure }
}

/** What a command may do to the files of its checkout. Each has to be gone, or be refused, before the next one starts. */
const vandalism: Readonly<Record<string, (top: string) => void>> = {
  'edits a file': (top) => appendFileSync(join(top, 'check.sh'), 'true\n'),
  'edits a file and forges its times and size': (top) => {
    const file = join(top, 'check.sh')
    const { atime, mtime, size } = statSync(file)
    writeFileSync(file, 'true\n'.padEnd(size, ' '))
    utimesSync(file, atime, mtime)
  },
  'edits a file and hides that with skip-worktree': (top) => {
    sh(top, 'update-index', '--skip-worktree', 'check.sh')
    writeFileSync(join(top, 'check.sh'), 'true\n')
  },
  'edits a file and hides that with assume-unchanged': (top) => {
    sh(top, 'update-index', '--assume-unchanged', 'check.sh')
    writeFileSync(join(top, 'check.sh'), 'true\n')
  },
  'edits a file and has git take it for clean': (top) => {
    writeFileSync(join(top, 'check.sh'), 'true\n')
    sh(top, 'add', '-A')
    sh(top, '-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-q', '-m', 'x')
  },
  'replaces .git by a repository that agrees with it': (top) => {
    rmSync(join(top, '.git'), { recursive: true })
    sh(top, 'init', '-q')
    writeFileSync(join(top, 'check.sh'), 'true\n')
    sh(top, 'add', '-A')
  },
  'has git filter the file': (top) => {
    sh(top, 'config', 'filter.x.clean', 'sed s/true/false/')
    appendFileSync(join(top, '.git'), '')
    writeFileSync(join(top, '.gitattributes'), '* filter=x\n')
    writeFileSync(join(top, 'check.sh'), 'true\n')
  },
  'deletes a file': (top) => rmSync(join(top, 'a/value')),
  'deletes a folder': (top) => rmSync(join(top, 'a'), { recursive: true }),
  'deletes everything': (top) => {
    for (const name of readdirSync(top)) rmSync(join(top, name), { recursive: true })
  },
  'adds an ignored file': (top) => {
    mkdirSync(join(top, 'ignored/deep'), { recursive: true })
    writeFileSync(join(top, 'ignored/deep/cache'), 'x')
    writeFileSync(join(top, 'a/x.log'), 'x')
  },
  'adds a file that git is told not to see': (top) => {
    writeFileSync(join(top, 'a/hidden'), 'x')
    writeFileSync(join(top, 'a/.gitignore'), '*\n')
  },
  'hides a repository below a folder of the tree': (top) => {
    mkdirSync(join(top, 'a/.git/hooks'), { recursive: true })
    writeFileSync(join(top, 'a/.git/HEAD'), 'ref: refs/heads/x\n')
  },
  'replaces a folder by a link to its twin': (top) => {
    rmSync(join(top, '../twin'), { recursive: true, force: true })
    renameSync(join(top, 'a'), join(top, '../twin'))
    symlinkSync('../twin', join(top, 'a'))
  },
  'replaces a file by a folder': (top) => {
    rmSync(join(top, 'check.sh'))
    mkdirSync(join(top, 'check.sh/inner'), { recursive: true })
  },
  'replaces a file by a link': (top) => {
    rmSync(join(top, 'check.sh'))
    symlinkSync('a/value', join(top, 'check.sh'))
  },
  'leaves a pipe named .gitignore, and one named .gitattributes': (top) => {
    rmSync(join(top, '.gitignore'))
    execFileSync('mkfifo', [join(top, '.gitignore'), join(top, 'a/.gitattributes'), join(top, 'pipe')])
  },
  'makes a file executable': (top) => chmodSync(join(top, 'check.sh'), 0o755),
  'closes a folder': (top) => chmodSync(join(top, 'a'), 0o500),
  'closes a folder to everybody': (top) => chmodSync(join(top, 'a'), 0),
  'adds a name that is not UTF-8 in a folder': (top) => {
    mkdirSync(join(top, 'odd'))
    writeFileSync(Buffer.concat([Buffer.from(join(top, 'odd/')), Buffer.from([0xff, 0xfe])]), 'x')
  },
}

describe('a checkout for gates', () => {
  it.each(Object.keys(vandalism))('is what a fresh one is after a command that %s', async (what) => {
    const { repo, checkout, first, second, top, files: found, folder } = await gate()
    vandalism[what]?.(top)
    await checkout.become(first)
    const same = found()
    const fresh = await gateAt(repo, { top: join(folder, 'fresh'), state: join(folder, 'f') }, first)
    expect(same).toEqual(fingerprint(fresh.top, (path) => path === '.git'))
    expect(sh(top, 'status', '--porcelain', '--ignored')).toBe('')
    vandalism[what]?.(top)
    await checkout.become(second)
    await fresh.become(second)
    expect(found()).toEqual(fingerprint(fresh.top, (path) => path === '.git'))
    expect(sh(top, 'rev-parse', 'HEAD')).toBe(second)
    expect(sh(top, 'status', '--porcelain', '--ignored')).toBe('')
  })

  it('is refused when its index was written, or its folder replaced', async () => {
    const { checkout, first, top, state } = await gate()
    appendFileSync(join(state, 'index'), 'x')
    await expect(checkout.become(first)).rejects.toThrow(CheckoutLost)
    const other = await gate()
    renameSync(other.top, `${other.top}.old`)
    mkdirSync(other.top)
    await expect(other.checkout.become(other.first)).rejects.toThrow(CheckoutLost)
    await checkout.remove()
    expect([top, state].filter((path) => existsSync(path))).toEqual([])
  })

  it('has a git of its own: what a command does with it leaves the repository as it is', async () => {
    const { repo, checkout, second, top } = await gate()
    sh(repo.root, 'tag', 'v1')
    sh(repo.root, 'replace', sh(repo.root, 'rev-parse', 'HEAD'), second)
    const before = [fingerprint(repo.root), sh(repo.root, 'for-each-ref'), sh(repo.root, 'worktree', 'list')]
    expect(sh(top, 'rev-parse', '--show-toplevel')).toBe(top)
    sh(top, 'config', 'core.fsmonitor', 'x')
    sh(top, 'config', '--unset', 'core.fsmonitor')
    sh(top, 'checkout', '-q', '-b', 'mine')
    writeFileSync(join(top, 'c/one.txt'), 'changed\n')
    sh(top, 'stash')
    sh(top, 'commit', '-q', '--allow-empty', '-m', 'x')
    sh(top, 'branch', '-f', 'main', 'HEAD')
    sh(top, 'gc', '-q', '--prune=now')
    expect([fingerprint(repo.root), sh(repo.root, 'for-each-ref'), sh(repo.root, 'worktree', 'list')]).toEqual(before)
    await checkout.become(second)
    expect(sh(top, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
    expect(sh(top, 'stash', 'list')).toBe('')
    expect(sh(top, 'rev-parse', 'main')).toBe(sh(repo.root, 'rev-parse', 'main'))
  })

  describe('with what a setup made', () => {
    const setUp = async () => {
      const at = await gate()
      await at.checkout.become(at.first, 'npm ci')
      mkdirSync(join(at.top, 'modules/dep'), { recursive: true })
      mkdirSync(join(at.top, 'a/modules'))
      for (const path of ['modules/dep/index.js', 'a/modules/x', 'loose.log']) writeFileSync(join(at.top, path), 'dep')
      writeFileSync(join(at.top, 'c/one.txt'), 'rewritten by setup\n')
      const changed = await at.checkout.files.keepSetup('npm ci')
      return { ...at, changed, dependency: join(at.top, 'modules/dep/index.js') }
    }

    it("keeps it from tree to tree, and the files of the tree are the tree's", async () => {
      const { checkout, changed, second, dependency, top } = await setUp()
      expect(checkout.files.setupMade.toSorted()).toEqual(['a/modules/', 'loose.log', 'modules/'])
      expect(changed).toEqual(['c/one.txt'])
      expect(readFileSync(join(top, 'c/one.txt'), 'utf8')).toBe('1\n')
      await checkout.become(second, 'npm ci')
      expect(readFileSync(dependency, 'utf8')).toBe('dep')
      expect(checkout.files.setup).toBe('npm ci')
      writeFileSync(join(top, 'modules/added'), 'x')
      await checkout.become(second, 'npm ci')
      expect(existsSync(join(top, 'modules/added'))).toBe(false)
      expect(checkout.files.setup).toBe('npm ci')
    })

    it.each<[string, (at: Awaited<ReturnType<typeof setUp>>) => void]>([
      [
        'edited, with its times forged',
        ({ dependency }) => {
          const { atime, mtime } = statSync(dependency)
          writeFileSync(dependency, 'bad')
          utimesSync(dependency, atime, mtime)
        },
      ],
      ['deleted', ({ dependency }) => rmSync(dependency)],
      [
        'replaced by a link to its twin',
        ({ top }) => {
          renameSync(join(top, 'modules'), join(top, 'twin'))
          symlinkSync('twin', join(top, 'modules'))
        },
      ],
    ])('drops it when it was %s', async (_how, vandalise) => {
      const at = await setUp()
      vandalise(at)
      await at.checkout.become(at.first, 'npm ci')
      expect(at.checkout.files.setup).toBeUndefined()
      expect(readdirSync(at.top).toSorted()).toEqual(['.git', '.gitignore', 'a', 'c', 'check.sh'])
    })

    it('drops it for another setup, and when the tree has no place for it any more', async () => {
      const { repo, checkout, first, top } = await setUp()
      const without = await commitOf(repo, { 'c/two.txt': '2\n' })
      await checkout.become(without, 'npm ci')
      expect(checkout.files.setup).toBeUndefined()
      expect(readdirSync(top).toSorted()).toEqual(['.git', 'c'])
      const other = await setUp()
      await other.checkout.become(first, 'yarn')
      expect(existsSync(other.dependency)).toBe(false)
    })
  })

  it('works in a SHA-256 repository', async () => {
    const repo = await repositoryWith(files, '--object-format=sha256')
    const top = join(temporaryDirectory(), 'checkout')
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    await gateAt(repo, { top, state: `${top}.state` }, head)
    expect(sh(top, 'log', '--format=%H')).toBe(head)
    expect(sh(top, 'status', '--porcelain')).toBe('')
  })

  it('of very many files waits until none of them is as young as its index, and a change of the same size is seen', async () => {
    const { repo, top, state } = await scene()
    const many = Object.fromEntries(
      Array.from({ length: 11_000 }, (_, n) => [`${n % 100}/file-with-a-long-name-${n}`, '1']),
    )
    const checkout = await gateAt(repo, { top, state }, await commitOf(repo, many))
    const seconds = (file: string) => Math.floor(statSync(file).mtimeMs / 1_000)
    const youngest = Math.max(...Object.keys(many).map((path) => seconds(join(top, path))))
    expect(seconds(checkout.files.indexFile)).toBeGreaterThan(youngest)
    writeFileSync(join(top, '7/file-with-a-long-name-7'), '2')
    expect(await checkout.files.changed()).toEqual(['7/file-with-a-long-name-7'])
  })

  it('moves between trees of many differences', async () => {
    const repo = await repositoryWith(files)
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`m/${at % 7}/${at}.txt`, `${at}\n`]))
    const [few, all] = await Promise.all([commitOf(repo, files), commitOf(repo, { ...files, ...many })])
    const top = join(temporaryDirectory(), 'checkout')
    if (few === undefined || all === undefined) throw new Error('no commits')
    const checkout = await gateAt(repo, { top, state: `${top}.state` }, few)
    for (const commit of [all, few, all]) {
      writeFileSync(join(top, 'c/two.txt'), 'changed\n')
      await checkout.become(commit)
      expect(sh(top, 'status', '--porcelain', '--ignored')).toBe('')
    }
  })
})

describe('a checkout for agents', () => {
  async function agent() {
    const at = await scene()
    const owner = { run: 'r1', ...processIdentity() }
    const checkout = await LinkedCheckout.create(at.repo, { top: at.top, state: at.state, commit: at.first, owner })
    return { ...at, checkout, owner }
  }

  it('is a locked worktree of the repository, and moves to another commit', async () => {
    const { repo, checkout, second, top } = await agent()
    const entry = async () => (await listWorktrees(repo)).find(({ path }) => path === top)
    expect(await entry()).toMatchObject({ locked: true, owner: { run: 'r1' } })
    await checkout.become(second)
    expect(await entry()).toMatchObject({ commit: second, locked: true })
    expect(sh(top, 'status', '--porcelain', '--ignored')).toBe('')
    expect(sh(top, 'rev-parse', '--show-toplevel')).toBe(top)
    await checkout.remove()
    expect(await entry()).toBeUndefined()
  })

  it.each(Object.keys(vandalism).filter((what) => !/replaces .git|everything|filter/.test(what)))(
    'is what a fresh one is after an agent that %s',
    async (what) => {
      const { checkout, second, top } = await agent()
      vandalism[what]?.(top)
      await checkout.become(second)
      expect(sh(top, 'status', '--porcelain', '--ignored')).toBe('')
      expect(sh(top, 'rev-parse', 'HEAD')).toBe(second)
    },
  )

  it('forgets a merge, a rebase and a branch that the agent was at', async () => {
    const { checkout, first, second, top } = await agent()
    sh(top, 'checkout', '-q', '-b', 'mine')
    expect(() => sh(top, 'merge', '--allow-unrelated-histories', second)).toThrow()
    expect(sh(top, 'status')).toContain('unmerged')
    await checkout.become(first)
    expect(sh(top, 'status')).toContain('HEAD detached')
    expect(sh(top, 'status')).not.toContain('merg')
  })

  it('is refused when its .git leads elsewhere', async () => {
    const { checkout, first, top } = await agent()
    writeFileSync(join(top, '.git'), 'gitdir: /elsewhere\n')
    await expect(checkout.become(first)).rejects.toThrow(CheckoutLost)
  })
})
