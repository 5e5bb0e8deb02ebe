import { describe, expect, it } from 'vitest'
import { changedTexts, type Repository } from '../src/index.ts'
import { repositoryWith, treeWith } from './scene.ts'

type Files = Readonly<Record<string, string>>

async function changed(before: Files, after: Files, isWanted = (_: string) => true) {
  const repo: Repository = await repositoryWith({ 'start.txt': 'start' })
  const found: Record<string, readonly number[]> = {}
  for await (const { path, added } of changedTexts(repo, treeWith(repo, before), treeWith(repo, after), isWanted)) {
    found[path] = [...added]
  }
  return found
}

describe('changed texts', () => {
  it('have the numbers of the lines that are new in them', async () => {
    const before = { same: 'a\n', changed: 'a\nb\nc\nd\n', gone: 'x\n' }
    const after = { same: 'a\n', changed: 'a\nB\nc\nnew\nd\n', fresh: 'one\ntwo' }
    expect(await changed(before, after)).toEqual({ changed: [2, 4], fresh: [1, 2] })
  })

  it('are none where a file was only moved, and all of one that was moved and changed', async () => {
    expect(await changed({ old: 'a\nb\n' }, { new: 'a\nb\n' })).toEqual({})
    expect(await changed({ old: 'a\nb\n' }, { new: 'a\nc\n' })).toEqual({ new: [1, 2, 3] })
  })

  it('may hold a NUL byte', async () => {
    expect(await changed({ a: 'a\0\n' }, { a: 'a\0\nTODO\n' })).toEqual({ a: [2] })
  })

  it('are only the wanted ones', async () => {
    expect(await changed({}, { 'a.ts': 'a', 'b.md': 'b' }, (path) => path.endsWith('.ts'))).toEqual({ 'a.ts': [1] })
  })

  it('are compared by their lines alone where they have nothing in common for too long', async () => {
    const lines = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name} ${at}`)
    const before = [...lines('one', 15_000), 'kept'].join('\n')
    const after = [...lines('other', 15_000), 'kept'].join('\n')
    const { a = [] } = await changed({ a: before }, { a: after })
    expect(a).toHaveLength(15_000)
    expect(a).not.toContain(15_001)
  })
})
