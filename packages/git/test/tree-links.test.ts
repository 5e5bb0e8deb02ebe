import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapingLinks, mergeTrees, type Repository } from '../src/index.ts'
import { repositoryWith, temporaryDirectory } from './scene.ts'

interface Entries {
  readonly files?: readonly string[]
  /** Text by path. */
  readonly links?: Readonly<Record<string, string>>
}

/** A tree as an agent may write it, made without a checkout. Later entries may differ from earlier ones by case alone. */
function treeOf(repo: Repository, { files = [], links = {} }: Entries): string {
  const blobs = blobsOf(repo, ['x', ...Object.values(links)])
  const [file = '', ...targets] = blobs
  const index = join(temporaryDirectory(), 'index')
  const run = (input: string, ...args: readonly string[]): string =>
    execFileSync('git', args, {
      input,
      encoding: 'utf8',
      env: { ...process.env, GIT_DIR: repo.gitDir, GIT_INDEX_FILE: index },
    })
  const lines = [
    ...files.map((path) => `100644 ${file}\t${path}`),
    ...Object.keys(links).map((path, at) => `120000 ${targets[at]}\t${path}`),
  ]
  run(lines.map((line) => `${line}\0`).join(''), 'update-index', '--add', '-z', '--index-info')
  return run('', 'write-tree').trim()
}

function blobsOf(repo: Repository, texts: readonly string[]): string[] {
  const directory = temporaryDirectory()
  const paths = texts.map((_, at) => join(directory, String(at)))
  for (const [at, text] of texts.entries()) writeFileSync(paths[at] ?? '', text)
  const args = ['hash-object', '-w', '--no-filters', '--stdin-paths']
  return execFileSync('git', args, { input: paths.join('\n'), cwd: repo.root, encoding: 'utf8' })
    .trim()
    .split('\n')
}

async function escaping(repo: Repository, entries: Entries, allowedIn?: Entries): Promise<string[]> {
  const allowed = allowedIn === undefined ? {} : { allowedIn: treeOf(repo, allowedIn) }
  return (await escapingLinks(repo, treeOf(repo, entries), allowed)).map(({ path }) => path)
}

const names = ['a', 'b', 'c']

/** Folders three deep, in each of which every name is something: what is resolved mostly exists. */
const randomTree = fc
  .array(
    fc.record({
      kind: fc.constantFrom('folder', 'folder', 'link'),
      target: fc.array(fc.constantFrom(...names, '..', '..', '..', '.'), { minLength: 1, maxLength: 6 }),
    }),
    { minLength: 39, maxLength: 39 },
  )
  .map((choices): Entries => {
    const files: string[] = []
    const links: Record<string, string> = {}
    const rest = [...choices]
    const fill = (folder: string, depth: number): void => {
      for (const name of names) {
        const { kind, target } = rest.pop() ?? { kind: 'file', target: [] }
        if (depth === 1 || (kind === 'folder' && depth < 3)) fill(`${folder}${name}/`, depth + 1)
        else if (kind === 'link') links[`${folder}${name}`] = target.join('/')
        else files.push(kind === 'file' ? `${folder}${name}` : `${folder}${name}/x`)
      }
    }
    fill('', 1)
    return { files, links }
  })

/** A folder below folders that hold all names, too, and none of the names that lead back in: what leads out, stays out. */
function folderAmongFolders(): string {
  let folder = temporaryDirectory()
  for (let depth = 0; depth < 12; depth += 1) {
    for (const name of names) for (const inner of names) mkdirSync(join(folder, name, inner), { recursive: true })
    folder = join(folder, 'above')
  }
  return join(folder, 'top')
}

function checkOut(repo: Repository, tree: string, top: string): void {
  rmSync(top, { recursive: true, force: true })
  mkdirSync(top, { recursive: true })
  const env = { ...process.env, GIT_DIR: repo.gitDir, GIT_WORK_TREE: top, GIT_INDEX_FILE: `${top}.index` }
  execFileSync('git', ['read-tree', '--reset', '-u', tree], { cwd: top, env })
}

/** By the kernel, part by part. `nowhere`: some part does not exist, is no folder, or is a cycle. */
function whereItLeads(top: string, path: string, target: string): 'in' | 'out' | 'nowhere' {
  let at = dirname(join(top, path))
  for (const part of target.split('/')) {
    try {
      at = realpathSync.native(`${at}/${part}`)
    } catch {
      return 'nowhere'
    }
    if (at !== top && !at.startsWith(`${top}/`)) return 'out'
  }
  return 'in'
}

describe('escapingLinks', () => {
  it('finds links that are harmless in each module and lead out of the merged tree', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const base = treeOf(repo, { files: ['a.txt', 'x/keep'] })
    const one = treeOf(repo, { files: ['a.txt', 'x/keep', 'x/e/f/g'], links: { 'x/d': 'e/f' } })
    const two = treeOf(repo, { files: ['a.txt', 'x/keep'], links: { 'x/l': 'd/../../secret' } })
    expect(await escapingLinks(repo, one)).toEqual([])
    expect(await escapingLinks(repo, two)).toEqual([])
    const safe = await mergeTrees(repo, { base, ours: one, theirs: two })
    expect(safe.kind).toBe('clean')
    expect(await escapingLinks(repo, safe.tree)).toEqual([])

    const up = treeOf(repo, { files: ['a.txt', 'x/keep'], links: { 'x/d': '..' } })
    expect(await escapingLinks(repo, up)).toEqual([])
    const merged = await mergeTrees(repo, { base, ours: up, theirs: two })
    expect(merged.kind).toBe('clean')
    expect(await escapingLinks(repo, merged.tree, { allowedIn: base })).toEqual([
      { path: 'x/l', target: 'd/../../secret', through: ['x/d'] },
    ])
  })

  const cases: Record<string, { tree: Entries; found: string[] }> = {
    'absolute targets and steps above the top': {
      tree: {
        files: ['dir/sub/x'],
        links: {
          absolute: '/etc/passwd',
          up: '../secret',
          'dir/up': '../../secret',
          fine: 'dir/../dir/sub/x',
          here: '.',
        },
      },
      found: ['absolute', 'dir/up', 'up'],
    },
    'what returns into the checkout by its name': { tree: { links: { l: '../checkout/a' } }, found: ['l'] },
    'chains, through links to folders': {
      tree: { files: ['p/q/r/x'], links: { a: 'b', b: 'c/..', c: 'p/q', d: 'p/q/e/../../../..', 'p/q/e': '../..' } },
      found: ['d'],
    },
    'links below a folder that is a link elsewhere': {
      tree: { files: ['p/x'], links: { 'deep/up': '../p', p2: 'deep/up/../..' } },
      found: ['p2'],
    },
    'cycles, which lead nowhere': {
      tree: { links: { a: 'b', b: 'a', self: 'self', grow: 'grow/x', 'd/up': '../d/up/..' } },
      found: [],
    },
    'what is not there, as a folder that may come': {
      tree: {
        links: {
          a: 'missing/../x',
          b: 'missing/../../x',
          c: 'missing/deep/../../../x',
          d: 'missing/../p/q/../x',
          'p/q': '..',
        },
      },
      found: ['b', 'c', 'd'],
    },
    'git metadata, under any of its names': {
      tree: {
        files: ['d/x'],
        links: { a: '.git/config', b: 'd/../.GIT/hooks', c: 'git~1', d2: 'd/.git', e: '.git ./x', f: '.github' },
      },
      found: ['a', 'b', 'c', 'e'],
    },
    'names that are one where a file system has no case': {
      tree: {
        files: ['x/keep', 'Ü/x'],
        links: { 'x/D': '..', 'x/l': 'd/../secret', 'Ü/E': '..', m: 'u\u0308/e/../x', ok: 'X/keep' },
      },
      found: ['m', 'x/l'],
    },
    'a name that is a link and, by case, a folder': {
      tree: { files: ['D/x', 's/t/u'], links: { d: 's/t/u', l: 'd/../../x' } },
      found: ['l'],
    },
    'more than 40 links in a row': {
      tree: {
        files: ['s/x'],
        links: {
          ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`s/l${n}`, `l${n + 1}`])),
          's/l60': '.',
          top: 's/l0/../..',
        },
      },
      found: ['top'],
    },
    'a target up to its NUL, and one that is too long for any system': {
      tree: { links: { nul: '..\0/safe', long: 'a/'.repeat(3000) } },
      found: ['long', 'nul'],
    },
  }

  it.each(Object.keys(cases))('knows %s', async (name) => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    expect((await escaping(repo, cases[name]?.tree ?? {})).sort()).toEqual(cases[name]?.found)
  })

  it("allows the user's own links, as long as they lead out on the same way", async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const own = { links: { hosts: '/etc/hosts', hop: 'p/q', p: '..', in: 'dir/x' }, files: ['dir/x/y'] }
    expect(await escaping(repo, own)).toEqual(['hop', 'hosts', 'p'])
    expect(await escaping(repo, { ...own, files: ['dir/x/y', 'new'] }, own)).toEqual([])
    expect(await escaping(repo, { ...own, links: { ...own.links, hosts: '/etc/passwd' } }, own)).toEqual(['hosts'])
    expect(await escaping(repo, { ...own, links: { ...own.links, more: '/etc/hosts' } }, own)).toEqual(['more'])
    // Another way out, by a link that changed under it.
    expect(await escaping(repo, { ...own, links: { ...own.links, p: '../..' } }, own)).toEqual(['hop', 'p'])
    expect(await escaping(repo, { ...own, files: [], links: { ...own.links, dir: '..' } }, own)).toEqual(['dir', 'in'])
  })

  it('agrees with the file system on every link that leads somewhere', { timeout: 120_000 }, async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const top = folderAmongFolders()
    const seen = { in: 0, out: 0, nowhere: 0 }
    await fc.assert(
      fc.asyncProperty(randomTree, async (entries) => {
        checkOut(repo, treeOf(repo, entries), top)
        const reported = await escaping(repo, entries)
        for (const [path, target] of Object.entries(entries.links ?? {})) {
          const leads = whereItLeads(top, path, target)
          seen[leads] += 1
          if (leads !== 'nowhere')
            expect({ path, out: reported.includes(path) }).toEqual({ path, out: leads === 'out' })
        }
      }),
      { numRuns: 40 },
    )
    console.info(`links: ${JSON.stringify(seen)}`)
    expect(Math.min(seen.in, seen.out)).toBeGreaterThan(20)
  })

  it('takes bounded time for links that were made to take long', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    // Two ways at each of 300 parts; and texts that grow with each step.
    const links = { d: '.', D: '.', l: `${'d/'.repeat(300)}x`, m: 'a/'.repeat(2000), n: 'n/'.repeat(900) }
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`x/${n}`, `${n + 1}/${'y/../'.repeat(300)}`]),
    )
    const began = performance.now()
    expect((await escaping(repo, { links: { ...links, ...many } })).slice(0, 1)).toEqual(['l'])
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('reads a hundred thousand files within seconds', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const files = Array.from({ length: 100_000 }, (_, n) => `p${n % 100}/q${n % 1000}/f${n}`)
    const links = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`p${n % 100}/q${n}/l`, `../../p${n % 7}/x`]),
    )
    const tree = treeOf(repo, { files, links: { ...links, 'p1/out': '../..' } })
    const began = performance.now()
    expect((await escapingLinks(repo, tree, { allowedIn: treeOf(repo, { files }) })).map(({ path }) => path)).toEqual([
      'p1/out',
    ])
    const ms = performance.now() - began
    console.info(`100 000 files, 501 links: ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(10_000)
  })

  it('works in a SHA-256 repository', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' }, '--object-format=sha256')
    expect(await escaping(repo, { links: { l: '..' } })).toEqual(['l'])
  })
})
