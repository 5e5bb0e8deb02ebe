import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createWorktree, processIdentity, type Repository, readHead, snapshot, worktreeTraces } from '../src/index.ts'
import { repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

async function scene(files: Readonly<Record<string, string>>, configure?: (repo: Repository) => void) {
  const repo = await repositoryWith(files)
  configure?.(repo)
  const { commit, tree } = await readHead(repo)
  const path = join(temporaryDirectory(), 'w')
  await createWorktree(repo, { path, commit, owner: { run: 'run-1', ...processIdentity() } })
  return { repo, path, base: tree, traces: () => worktreeTraces(repo, { path, commit }) }
}

describe('worktreeTraces', () => {
  it('tells of a changed, a new, a deleted and an ignored file, and of nothing where there is none', async () => {
    const { path, traces } = await scene({ 'a.txt': '1', '.gitignore': 'made\n' })
    const clean = await traces()
    expect(await traces()).toBe(clean)
    const seen = new Set([clean])
    for (const [file, text] of [
      ['made', 'ignored'],
      ['new.txt', 'new'],
      ['a.txt', 'changed'],
    ] as const) {
      writeFileSync(join(path, file), text)
      seen.add(await traces())
    }
    expect(seen.size).toBe(4)
  })

  it('runs no filter, also one that is required and not there', async () => {
    const { path, traces } = await scene({ 'a.bin': '1', '.gitattributes': '*.bin filter=lfs\n' }, ({ root }) => {
      sh(root, 'config', 'filter.lfs.clean', 'no-such-program clean')
      sh(root, 'config', 'filter.lfs.required', 'true')
    })
    const clean = await traces()
    writeFileSync(join(path, 'a.bin'), '2')
    expect(await traces()).not.toBe(clean)
  })
})

describe('what the user hides from themselves', () => {
  it('does not hide what an agent made', async () => {
    const { repo, path, base } = await scene({ 'a.txt': '1', '.gitignore': 'ignored\n' }, ({ root, commonDir }) => {
      write(commonDir, { 'info/exclude': 'mine\n' })
      write(join(root, '..'), { ignore: '*.log\n' })
      sh(root, 'config', 'core.excludesFile', join(root, '..', 'ignore'))
    })
    write(path, { 'mine/made.txt': 'x', 'made.log': 'x', ignored: 'x' })
    const outcome = await snapshot(repo, { worktree: path, base })
    expect(outcome).toMatchObject({ kind: 'snapshot', changed: ['made.log', 'mine/made.txt'] })
  })
})
