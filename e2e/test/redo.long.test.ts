import { symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { agentsIn, makeWorkspace, openWorkspace, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

test('a redo on one machine is never served from the cache of another', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'remote: origin\nrounds: 0' }),
    score: smallScore({ phase2StaysRed: true }),
  })
  const top = dirname(workspace.root)
  const remote = join(top, 'remote.git')
  await execa('git', ['clone', '--quiet', '--bare', workspace.root, remote])
  await workspace.git('remote', 'add', 'origin', remote)
  expect((await workspace.nx(conduct)).exitCode).not.toBe(0)

  const root = join(top, 'other')
  await execa('git', ['clone', '--quiet', remote, root])
  await symlink(join(workspace.root, 'node_modules'), join(root, 'node_modules'))
  const other = openWorkspace(root, join(top, 'other-home'), async () => undefined)
  const redo = await other.nx(['run', 'spec:redo', '--phase=3'])
  expect(redo.exitCode, redo.output).toBe(0)

  const again = await workspace.nx(conduct)
  expect(agentsIn(again.output)).toEqual(['phase 3 implement words'])
})
