import { rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanUp } from '../clean-up.mjs'
import { staysOnBranch } from '../kept-result.mjs'
import { takeBefore } from '../promises.mjs'
import { userState } from '../user-state.mjs'
import { checkoutOf, indexOf } from '../whose-checkout.mjs'

const both = ['git', 'redis']
const working = 'agent-turn:2/implement/add#3'

/** What is left of an index that a power loss cut short: its first half, or nothing. */
const cuts = [
  { left: 'cut to its half', cut: async (file) => truncate(file, Math.floor((await stat(file)).size / 2)) },
  { left: 'emptied', cut: (file) => truncate(file, 0) },
]

/** The agent's file is on the ref that the run names. */
async function isSaved(stage, run) {
  const [, ref] = /its unfinished work is kept at (refs\/conduct\/spec\/saved\/\S*-add-\S+)/.exec(run.output()) ?? []
  stage.expect(ref !== undefined, 'the person was not told where the unfinished work is')
  if (ref === undefined) return
  stage.expect(
    (await stage.workspace.git('show', `${ref}:add/add.txt`)) === 'a - b',
    'the unfinished work is not there',
  )
}

export const rows = cuts.flatMap(({ left, cut }) => [
  {
    name: `power loss: the person's index is ${left}`,
    stores: both,
    async prove(stage) {
      const { git, gitDir } = await stage.open()
      await stage.killedAt('after-step.accepted:1/test#1')
      const index = join(gitDir, 'index')
      await cut(index)
      stage.rebase({ ...stage.before, state: await userState(stage.workspace) })
      const run = await stage.resumes()
      stage.says(
        run,
        /The index \S+ is damaged: .*; nothing of yours was changed, the result is on the branch conduct\/spec/,
      )
      stage.says(run, new RegExp(`Make a new one: rm ${index} && git -C \\S+ reset`))
      await staysOnBranch(stage)
      await rm(index)
      await git('reset', '--quiet')
      stage.rebase(await takeBefore(stage.workspace))
      await stage.resumes()
      await stage.holds()
    },
  },
  {
    name: `power loss: the index of a worktree is ${left}, and its work is saved`,
    stores: both,
    async prove(stage) {
      await stage.open()
      await stage.killedAt(working)
      await cut(await indexOf(stage.workspace, '2-add'))
      const checkout = await checkoutOf(stage.workspace.home, '2-add')
      const gentle = await cleanUp(stage.workspace, false)
      const held = gentle.find(({ what }) => what === checkout)
      stage.expect(held?.kind === 'kept', `clean did not keep the unfinished work: ${JSON.stringify(gentle)}`)
      await isSaved(stage, await stage.resumes())
      await stage.holds()
    },
  },
  {
    name: `the index of a worktree is ${left} while an agent is at work in it`,
    stores: both,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(working)
      await cut(await indexOf(stage.workspace, '2-add'))
      run.kill('SIGCONT')
      await stage.ends(run)
      await stage.holds()
    },
  },
])
