import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { staysOnBranch } from '../kept-result.mjs'
import { takeBefore } from '../promises.mjs'

const both = ['git', 'redis']

export const rows = [
  {
    name: 'a file of the person stands where the result has one',
    stores: both,
    async prove(stage) {
      const { root } = await stage.open({
        async prepare(workspace) {
          await mkdir(join(workspace.root, 'base'))
          await workspace.write('base/one.txt', 'mine\n')
        },
      })
      const run = await stage.resumes()
      stage.says(run, /base\/one\.txt.*nothing of yours was changed, the result is on the branch conduct\/spec/)
      stage.says(run, /take it with: git merge --ff-only --no-overwrite-ignore refs\/heads\/conduct\/spec/)
      stage.expect((await readFile(join(root, 'base/one.txt'), 'utf8')) === 'mine\n', "the person's file changed")
      await staysOnBranch(stage)
      await rm(join(root, 'base/one.txt'))
      await stage.workspace.git('merge', '--quiet', '--ff-only', '--no-overwrite-ignore', 'refs/heads/conduct/spec')
      stage.expect(
        (await stage.workspace.git('rev-parse', 'main^{tree}')) === stage.expected.tree,
        'the command that was named does not give the result',
      )
    },
  },
  {
    name: 'the branch moves in the meantime, elsewhere',
    stores: both,
    async prove(stage) {
      const { git, write } = await stage.open()
      const run = await stage.stoppedAt('before-acquire:2/integrate#1')
      await write('extra.txt', 'extra\n')
      await git('add', 'extra.txt')
      await git('commit', '--quiet', '--message', 'Extra', '--', 'extra.txt')
      const { tree } = stage.expected
      stage.rebase(await takeBefore(stage.workspace))
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /main moved from .* during the run: the result is merged with that and proven again/)
      stage.expect(
        (await git('diff', '--name-only', tree, 'main')) === 'extra.txt',
        'main is not the result with what was committed in the meantime',
      )
      await stage.holds({ except: /main holds the tree/ })
    },
  },
  {
    name: 'the branch moves in the meantime, against the result',
    stores: both,
    async prove(stage) {
      const { git, write, root } = await stage.open()
      const run = await stage.stoppedAt('before-acquire:2/integrate#1')
      await mkdir(join(root, 'base'))
      await write('base/one.txt', 'another one\n')
      await git('add', 'base/one.txt')
      await git('commit', '--quiet', '--message', 'Against', '--', 'base/one.txt')
      stage.rebase(await takeBefore(stage.workspace))
      run.kill('SIGCONT')
      await stage.ends(run, 1)
      stage.says(run, /the result does not go together with that: they conflict in base\/one\.txt/)
      stage.says(run, /Run again: npx nx run spec:conduct/)
      await staysOnBranch(stage)
    },
  },
  {
    name: 'HEAD is detached',
    stores: both,
    async prove(stage) {
      await stage.open({ prepare: ({ git }) => git('checkout', '--quiet', '--detach') })
      const run = await stage.resumes()
      stage.says(run, /HEAD is detached: there is no branch to move/)
      await staysOnBranch(stage)
    },
  },
]
