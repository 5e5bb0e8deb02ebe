import { describe, expect, it } from 'vitest'
import { readablePatch } from '../src/index.ts'
import { repositoryWith, treeWith } from './scene.ts'

type Files = Readonly<Record<string, string>>

async function patch(before: Files, after: Files, more: { most?: number; isWanted?: (path: string) => boolean } = {}) {
  const repo = await repositoryWith({ 'start.txt': 'start' })
  const trees = { from: treeWith(repo, before), to: treeWith(repo, after) }
  return readablePatch(repo, trees, { most: more.most ?? 10_000, isWanted: more.isWanted ?? (() => true) })
}

describe('a readable patch', () => {
  it('has the changed lines of each file with three around them, and says what is new and what is gone', async () => {
    const numbers = (third: string) => `1\n2\n${third}\n4\n5\n6\n7\n8\n`
    expect(await patch({ 'a.txt': numbers('3'), gone: 'x\n' }, { 'a.txt': numbers('three'), new: 'y\n' })).toBe(
      [
        '--- a/a.txt',
        '+++ b/a.txt',
        '@@ -1,6 +1,6 @@',
        ' 1',
        ' 2',
        '-3',
        '+three',
        ' 4',
        ' 5',
        ' 6',
        '--- a/gone',
        '+++ /dev/null',
        '@@ -1,1 +0,0 @@',
        '-x',
        '--- /dev/null',
        '+++ b/new',
        '@@ -0,0 +1,1 @@',
        '+y',
        '',
      ].join('\n'),
    )
  })

  it('names alone what is no text, too large or too different', async () => {
    const many = (word: string) => Array.from({ length: 6_000 }, (_, at) => `${word}${at}`).join('\n')
    const before = { different: many('a') }
    const after = { binary: 'a\0b', different: many('b'), large: 'x'.repeat(200_000) }
    expect(await patch(before, after)).toBe(
      'binary: added, no text or too large to show\ndifferent: modified, too different to show\nlarge: added, no text or too large to show\n',
    )
  })

  it('has only wanted files, and names those for which there is no room', async () => {
    const after = { a: 'a\n', b: 'b\n', c: 'c\n' }
    expect(await patch({}, after, { isWanted: (path) => path === 'b' })).toMatch(/^--- \/dev\/null\n\+\+\+ b\/b\n/)
    const cut = await patch({}, after, { most: 50 })
    expect(cut).toContain('+a')
    expect(cut).not.toContain('+b')
    expect(cut).toMatch(/\[not shown: b, c\]\n$/)
  })

  it('is empty for equal trees', async () => {
    expect(await patch({ a: 'a' }, { a: 'a' })).toBe('')
  })
})
