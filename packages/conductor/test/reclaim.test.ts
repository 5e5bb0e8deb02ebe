import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createWorktree, processIdentity } from '@nx-conduct/git'
import { afterEach, expect, test } from 'vitest'
import { makerOf } from '../src/checkouts/slots.ts'
import { reclaim } from '../src/index.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

test('a folder of a process that was killed before git knew a worktree there goes, and no other', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  const context = await workspace.open()
  const checkout = await context.checkouts.take('agent', 'one', context.run.base.commit)
  expect(makerOf(basename(checkout.directory))).toBe(process.pid)

  const dead = spawnSync('true').pid
  const folder = (name: string, pid: number) => join(context.checkouts.folder, `${name}-abcdef-${pid}-01234567`)
  const empty = folder('empty', dead)
  const living = folder('living', process.pid)
  const full = folder('full', dead)
  for (const path of [empty, living, full]) await mkdir(path, { recursive: true })
  await writeFile(join(full, 'work.txt'), 'work\n')
  const others = join(context.checkouts.folder, 'of-a-person')
  await mkdir(others)

  // Of a process on another machine nobody here can say that it is gone.
  const elsewhere = folder('elsewhere', dead)
  const owner = { run: context.run.id, ...(await processIdentity()), host: 'elsewhere', pid: dead }
  await createWorktree(context.workspace.repository, { path: elsewhere, commit: context.run.base.commit, owner })
  await rm(elsewhere, { recursive: true })
  await mkdir(elsewhere)

  await reclaim(context)
  const left = [checkout.directory, empty, living, full, others, elsewhere].map(existsSync)
  expect(left).toEqual([true, false, true, true, true, true])
  await checkout.release()
})
