import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanUp } from '../clean-up.mjs'
import { checkoutOf } from '../whose-checkout.mjs'

const both = ['git', 'redis']
const atWork = 'agent-turn:2/implement/add#3'

export const rows = [
  {
    name: 'a killed run leaves worktrees with work in them: saved to a ref, then removed',
    stores: both,
    async prove(stage) {
      const { git } = await stage.open()
      await stage.killedAt(atWork)
      const run = await stage.resumes()
      const [, ref] =
        /its unfinished work is kept at (refs\/conduct\/spec\/saved\/\S*-add-\S+)/.exec(run.output()) ?? []
      stage.expect(ref !== undefined, 'the person was not told where the unfinished work is')
      if (ref) {
        stage.expect((await git('show', `${ref}:add/add.txt`)) === 'a - b', 'the unfinished work is not there')
      }
      await stage.holds()
    },
  },
  {
    name: "a worktree of the person's, locked, with untracked and ignored files",
    stores: ['git'],
    async prove(stage) {
      const theirs = () => join(stage.workspace.top, 'theirs')
      await stage.open({
        async prepare({ git, top }) {
          await git('worktree', 'add', '--quiet', join(top, 'theirs'), 'elsewhere')
          await git('worktree', 'lock', join(top, 'theirs'))
        },
      })
      const { write, git } = stage.workspace
      await mkdir(join(theirs(), '.conduct'))
      await write('../theirs/untracked.txt', 'mine\n')
      await write('../theirs/.conduct/ignored.txt', 'mine too\n')
      const files = () => git('-C', theirs(), 'ls-files', '--others')
      const before = await files()
      await stage.killedAt(atWork)
      await cleanUp(stage.workspace, true)
      await stage.resumes()
      stage.expect((await files()) === before, "files of the person's worktree are gone")
      await stage.holds({ except: /^worktrees?[: ]|the worktree registration/ })
    },
  },
  {
    name: 'clean keeps what exists nowhere else, and with --force saves it first',
    stores: ['git'],
    async prove(stage) {
      const { git } = await stage.open()
      await stage.killedAt(atWork)
      const checkout = await checkoutOf(stage.workspace.home, '2-add')
      const gentle = await cleanUp(stage.workspace, false)
      const held = gentle.find(({ what }) => what === checkout)
      stage.expect(
        held?.kind === 'kept' && /changes that no commit has \(add\/add\.txt\)/.test(held.why),
        `clean did not keep the unfinished work: ${JSON.stringify(gentle)}`,
      )
      const forced = await cleanUp(stage.workspace, true)
      const saved = forced.find(({ what }) => what === checkout)
      stage.expect(saved?.savedAs !== undefined, `clean --force saved nothing: ${JSON.stringify(forced)}`)
      if (saved?.savedAs) {
        stage.expect((await git('show', `${saved.savedAs}:add/add.txt`)) === 'a - b', 'what was saved is not the work')
      }
      await stage.resumes()
      await stage.holds()
    },
  },
]
