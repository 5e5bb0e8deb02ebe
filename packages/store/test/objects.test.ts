import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObjectStore } from '../src/git/objects.ts'
import { Scratch } from '../src/git/scratch.ts'
import { currentHolder } from '../src/index.ts'
import { Repository } from './rig.ts'

let repository: Repository
let objects: ObjectStore
let scratch: Scratch
beforeEach(() => {
  repository = new Repository()
  scratch = new Scratch(join(repository.commonDir, 'conduct', 'store'), 'spec', 'id', currentHolder())
  objects = new ObjectStore({ commonDir: repository.commonDir, env: process.env }, scratch)
})
afterEach(async () => {
  await objects.close()
  await scratch.remove()
  await repository.remove()
})

describe('objects of a repository', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a line', Buffer.from('text\n')],
    ['bytes of every kind', Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256))],
    ['more than a pipe holds', Buffer.alloc(300_000, 'many\r\n')],
  ])('are read as they were written: %s', async (_what, content) => {
    const oid = await objects.writeBlob(content, 'x')
    expect(oid).toBe(await objects.idOf('blob', content))
    expect(repository.git('cat-file', '-s', oid)).toBe(String(content.length))
    expect(await objects.read(oid)).toEqual({ oid, type: 'blob', content })
  })

  it('are read in the order they were asked for', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => 'x'.repeat(index * 5000) + index)
    const oids: string[] = []
    for (const text of texts) oids.push(await objects.writeBlob(Buffer.from(text), 'x'))
    const found = await Promise.all(oids.map((oid) => objects.read(oid)))
    expect(found.map((each) => each?.content.toString())).toEqual(texts)
  })

  it('that are not there are undefined, and the next one is read', async () => {
    const { commit, tree } = repository.commit('work')
    expect(await objects.read('refs/heads/nowhere')).toBeUndefined()
    expect(await objects.read('f'.repeat(40))).toBeUndefined()
    expect(await objects.read(`${commit}:no such file`)).toBeUndefined()
    expect(await objects.read(commit)).toMatchObject({ oid: commit, type: 'commit' })
    expect((await objects.read(`${commit}:file`))?.content.toString()).toBe('work')
    expect(await objects.read(tree)).toMatchObject({ oid: tree, type: 'tree' })
  })

  it('are written side by side under slots of their own', async () => {
    const contents = ['one', 'two', 'three'].map((text) => Buffer.from(text))
    const oids = await Promise.all(contents.map((content, index) => objects.writeBlob(content, `slot${index}`)))
    expect(oids).toEqual(await Promise.all(contents.map((content) => objects.idOf('blob', content))))
  })

  it('that are trees have the id that is known before they are written, with entries that are not there yet', async () => {
    const blob = await objects.writeBlob(Buffer.from('x'), 'x')
    const entries = [
      { name: 'event.json', oid: blob },
      { name: 'state.json', oid: 'e'.repeat(40) },
    ]
    const oid = await objects.writeTree(entries)
    expect(oid).toBe(await objects.treeId(entries))
    expect(repository.git('ls-tree', oid).split('\n')).toEqual([
      `100644 blob ${blob}\tevent.json`,
      `100644 blob ${'e'.repeat(40)}\tstate.json`,
    ])
    expect(await objects.writeTree([])).toBe(await objects.treeId([]))
  })

  it('that are commits are written as they stand', async () => {
    const { tree } = repository.commit('work')
    const content = Buffer.from(`tree ${tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nsubject\n`)
    const oid = await objects.writeCommit(content)
    expect(oid).toBe(await objects.idOf('commit', content))
    expect(await objects.read(oid)).toEqual({ oid, type: 'commit', content })
  })

  it('have ids in the format of the repository, which is asked for once', async () => {
    expect(await objects.algorithm()).toBe('sha1')
    expect(objects.algorithm()).toBe(objects.algorithm())
  })
})
