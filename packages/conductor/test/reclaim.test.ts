import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createWorktree } from '@nx-conduct/git'
import { afterEach, expect, test } from 'vitest'
import { checkOut, makerOf } from '../src/checkouts/checkout.ts'
import { reclaim } from '../src/index.ts'
import { specOf, Workspace } from './rig.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

test('a folder of a process that was killed before git knew a worktree there goes, and no other', async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(['One', '- a']) })
  const conduct = await workspace.conduct()
  const checkout = await checkOut(conduct, 'one', conduct.run.base.commit)
  expect(makerOf(basename(checkout.directory))).toBe(process.pid)

  const dead = spawnSync('true').pid
  const folder = (name: string, pid: number) => join(conduct.home, 'spec', `${name}-abcdef-${pid}-01234567`)
  const empty = folder('empty', dead)
  const living = folder('living', process.pid)
  const full = folder('full', dead)
  for (const path of [empty, living, full]) await mkdir(path)
  await writeFile(join(full, 'work.txt'), 'work\n')
  const others = join(conduct.home, 'spec', 'of-a-person')
  await mkdir(others)

  // Of a process on another machine nobody here can say that it is gone.
  const elsewhere = folder('elsewhere', dead)
  const owner = { run: conduct.run.id, ...conduct.holder, host: 'elsewhere', pid: dead }
  await createWorktree(conduct.repository, { path: elsewhere, commit: conduct.run.base.commit, owner })
  await rm(elsewhere, { recursive: true })
  await mkdir(elsewhere)

  await reclaim(conduct)
  const left = [checkout.directory, empty, living, full, others, elsewhere].map(existsSync)
  expect(left).toEqual([true, false, true, true, true, true])
  await checkout.remove()
})
