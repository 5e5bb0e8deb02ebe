import { afterEach, describe, expect, test } from 'vitest'
import { handingIn, redWorkspace } from './rig/red-workspace.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

async function handedInEvents(): Promise<number> {
  const { runs } = await (await workspace.open()).log.state()
  return Object.values(runs).reduce((sum, { handedIn }) => sum + Object.keys(handedIn).length, 0)
}

describe('nothing is taken, and the log stays as it is,', () => {
  const refused = async (phase: string, from: string | undefined, why: RegExp) => {
    await expect(handingIn(workspace, phase, from)).rejects.toThrow(why)
    expect(await handedInEvents()).toBe(0)
  }

  test('from where nothing can be', async () => {
    ;({ workspace } = await redWorkspace())
    await refused('7', undefined, /no phase 7/)
    await refused('2', undefined, /depends on phase 1, not complete yet/)
    await refused('1', 'nowhere', /neither a folder nor a ref/)
    await refused('1', workspace.top, /working tree of yours/)
    await refused('1', '/', /no worktree of this repository/)
  })

  test('that does not go together with the base of the phase', async () => {
    ;({ workspace } = await redWorkspace())
    await workspace.commit({ 'shared.txt': 'start\n' })
    await workspace.git('switch', '--quiet', '--create', 'mine')
    await workspace.commit({ 'shared.txt': 'of mine\n', 'phase-1.txt': 'good\n' })
    await workspace.git('switch', '--quiet', 'main')
    await workspace.commit({ 'shared.txt': 'of somebody else\n' })
    await refused('1', 'mine', /does not merge with the phase's base .*: shared\.txt/)
  })

  test('with a link that leads out of the tree', async () => {
    ;({ workspace } = await redWorkspace())
    await workspace.git('switch', '--quiet', '--create', 'mine')
    await workspace.shell('ln -s /etc/passwd out && git add out && git commit --quiet --message Out')
    await workspace.git('switch', '--quiet', 'main')
    await refused('1', 'mine', /lead out of the tree: out/)
  })

  test('for a phase that is complete', async () => {
    workspace = await Workspace.with({
      spec: specWith(
        'rounds: 0',
        ['One', '- a', 'Test Command: test -f phase-1.txt'],
        ['Two', '- b', 'Test Command: exit 1'],
      ),
    })
    await workspace.conduct()
    await refused('1', 'main', /phase 1 is complete already/)
  })
})
