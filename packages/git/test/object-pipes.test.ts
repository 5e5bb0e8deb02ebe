import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Repository } from '../src/index.ts'
import { encodeTree, GitPipe, ObjectPipes, parseInfo, parseObject, type TreeEntry } from '../src/process/index.ts'
import { repositoryWith, sh, temporaryDirectory } from './scene.ts'

let repository: Repository
let objects: ObjectPipes
beforeEach(async () => {
  repository = await repositoryWith({ file: 'work' })
  const folder = temporaryDirectory()
  objects = new ObjectPipes(
    { gitDir: repository.commonDir, cwd: repository.commonDir },
    {
      async write(name, content) {
        const file = join(folder, name)
        writeFileSync(file, content)
        return file
      },
    },
  )
})
afterEach(() => objects.close())

function head(): { readonly commit: string; readonly tree: string } {
  const [commit = '', tree = ''] = sh(repository.root, 'rev-parse', 'HEAD', 'HEAD^{tree}').split('\n')
  return { commit, tree }
}

/** The git processes that this one has started and that have not ended. */
function running(): readonly string[] {
  return execFileSync('ps', ['-eo', 'ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim().startsWith(`${process.pid} git`))
}

function treeId(entries: readonly TreeEntry[]): Promise<string> {
  return objects.idOf('tree', encodeTree(entries))
}

describe('objects of a repository', () => {
  it('need no process when nothing was asked for some time, and start it again', async () => {
    const pipe = new GitPipe(
      { gitDir: repository.commonDir, cwd: repository.commonDir },
      ['cat-file', '--batch-command'],
      { idleMs: 20 },
    )
    const type = async () => (await pipe.ask(`info ${head().commit}\n`, parseInfo))?.type
    expect(await type()).toBe('commit')
    await expect.poll(running).toEqual([])
    expect(await Promise.all([type(), type()])).toEqual(['commit', 'commit'])
    await pipe.close()
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a line', Buffer.from('text\n')],
    ['bytes of every kind', Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256))],
    ['more than a pipe holds', Buffer.alloc(300_000, 'many\r\n')],
  ])('are read as they were written: %s', async (_what, content) => {
    const oid = await objects.writeBlob(content)
    expect(oid).toBe(await objects.idOf('blob', content))
    expect(sh(repository.root, 'cat-file', '-s', oid)).toBe(String(content.length))
    const found = await objects.read(oid)
    expect(found).toMatchObject({ oid, type: 'blob' })
    expect(found?.content.equals(content)).toBe(true)
  })

  it('are taken off the front of what has arrived, wherever it is cut', () => {
    const oid = 'e'.repeat(40)
    const answer = Buffer.from(`${oid} blob 12\na\nblob 1\nbc\n\n`)
    for (let length = 0; length < answer.length; length++) {
      const taken = parseObject(answer.subarray(0, length))
      expect('needs' in taken && taken.needs > length && taken.needs <= answer.length).toBe(true)
    }
    const value = { oid, type: 'blob', content: Buffer.from('a\nblob 1\nbc\n') }
    expect(parseObject(answer)).toEqual({ value, used: answer.length })
    expect(parseObject(Buffer.concat([answer, answer]))).toEqual({ value, used: answer.length })
  })

  it.each([`${'e'.repeat(40)} missing`, 'refs/a 1 2 missing', 'a blob 12 missing', 'not an oid blob 12', ''])(
    'are not taken for there when git says %j',
    (line) => {
      expect(parseObject(Buffer.from(`${line}\nmore\n`))).toEqual({ value: undefined, used: line.length + 1 })
    },
  )

  it('are read in the order they were asked for', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => 'x'.repeat(index * 5000) + index)
    const oids: string[] = []
    for (const text of texts) oids.push(await objects.writeBlob(Buffer.from(text)))
    const found = await Promise.all(oids.map((oid) => objects.read(oid)))
    expect(found.map((each) => each?.content.toString())).toEqual(texts)
  })

  it('that are not there are undefined, and the next one is read', async () => {
    const { commit, tree } = head()
    expect(await objects.read('refs/heads/nowhere')).toBeUndefined()
    expect(await objects.read('f'.repeat(40))).toBeUndefined()
    expect(await objects.read(`${commit}:no such file`)).toBeUndefined()
    expect(await objects.read('a name 12')).toBeUndefined()
    expect(await objects.read(commit)).toMatchObject({ oid: commit, type: 'commit' })
    expect((await objects.read(`${commit}:file`))?.content.toString()).toBe('work')
    expect(await objects.read(tree)).toMatchObject({ oid: tree, type: 'tree' })
  })

  it('are written side by side in any number', async () => {
    const contents = ['one', 'two', 'three'].map((text) => Buffer.from(text))
    const oids = await Promise.all(contents.map((content) => objects.writeBlob(content)))
    expect(oids).toEqual(await Promise.all(contents.map((content) => objects.idOf('blob', content))))
  })

  it('that are trees have the id that is known before they are written, with entries that are not there yet', async () => {
    const blob = await objects.writeBlob(Buffer.from('x'))
    const entries = [
      { mode: '100644', name: 'event.json', oid: blob },
      { mode: '40000', name: 'folder', oid: 'e'.repeat(40) },
    ]
    const oid = await objects.writeTree(entries)
    expect(oid).toBe(await treeId(entries))
    expect(sh(repository.root, 'ls-tree', oid).split('\n')).toEqual([
      `100644 blob ${blob}\tevent.json`,
      `040000 tree ${'e'.repeat(40)}\tfolder`,
    ])
    expect(await objects.writeTree([])).toBe(await treeId([]))
  })

  it('that are commits are written as they stand', async () => {
    const { tree } = head()
    const content = Buffer.from(`tree ${tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nsubject\n`)
    const oid = await objects.writeCommit(content)
    expect(oid).toBe(await objects.idOf('commit', content))
    expect(await objects.read(oid)).toEqual({ oid, type: 'commit', content })
  })

  it('need no process any more when their store is closed', async () => {
    const { commit, tree } = head()
    const { content = Buffer.alloc(0) } = (await objects.read(commit)) ?? {}
    expect(await objects.writeCommit(content)).toBe(commit)
    expect(await objects.writeBlob(Buffer.from('x'))).toBe(await objects.idOf('blob', Buffer.from('x')))
    expect(await objects.writeTree([])).not.toBe(tree)
    expect(running()).toHaveLength(4)
    await objects.close()
    expect(running()).toEqual([])
  })

  it('have ids in the format of the repository, which is asked for once', async () => {
    expect(await objects.algorithm()).toBe('sha1')
    expect(objects.algorithm()).toBe(objects.algorithm())
  })
})
