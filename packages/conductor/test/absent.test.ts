import { afterEach, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = specWith('', ['One', '- a', 'Test Command: true'], ['Two', '- b', 'Test Command: true'])
const absent = /^(?:submodules-absent|lfs-pointers)$/

test('what checkouts lack of a repository with submodules and LFS files is said once in a run', async () => {
  workspace = await Workspace.with({
    spec,
    files: {
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n',
      'media/.gitattributes': '# filter=lfs\n*.bin filter=lfs diff=lfs merge=lfs -text\n',
    },
  })
  const run = await workspace.conduct()
  expect(run.failures).toEqual([])
  expect(run.notices.filter((code) => absent.test(code))).toEqual(['submodules-absent', 'lfs-pointers'])
  const again = await workspace.conduct()
  expect(again.notices.filter((code) => absent.test(code))).toEqual([])
})

test('nothing is said of a repository without them', async () => {
  workspace = await Workspace.with({ spec, files: { '.gitattributes': '# filter=lfs\n*.txt text\n' } })
  const run = await workspace.conduct()
  expect(run.notices.filter((code) => absent.test(code))).toEqual([])
})
