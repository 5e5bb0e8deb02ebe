import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { filesWith, unhiddenIn } from '../src/index.ts'
import { repositoryWith, treeWith, write } from './scene.ts'

it('finds the files of a tree that have one of some texts in them, taken as they are written', async () => {
  const repo = await repositoryWith({ 'start.txt': 'a.b' })
  const tree = treeWith(repo, { 'one.txt': 'x a.b y', 'deep/two words.txt': "'-c'", 'other.txt': 'aXb' })
  expect(await filesWith(repo, tree, ['a.b', '-c'])).toEqual(['deep/two words.txt', 'one.txt'])
  expect(await filesWith(repo, tree, ['nowhere'])).toEqual([])
  expect(await filesWith(repo, tree, [])).toEqual([])
})

it('tells what the rules of a folder hide, whatever its own git directory says', async () => {
  const repo = await repositoryWith({ '.gitignore': '*.log\n' })
  write(repo.root, { 'gen/a.ts': '', 'gen/a.log': '' })
  mkdirSync(join(repo.root, '.git/info'), { recursive: true })
  writeFileSync(join(repo.root, '.git/info/exclude'), 'gen\n')
  const like = treeWith(repo, { a: '' })
  const found = await unhiddenIn(repo, { workTree: repo.root, like }, ['gen/a.ts', 'gen/a.log'])
  expect(found).toEqual(['gen/a.ts'])
})
