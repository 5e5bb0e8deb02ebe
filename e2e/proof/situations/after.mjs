import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutOf } from '../whose-checkout.mjs'
import { labelOfAdd, resultBranch } from './moments.mjs'
import { linkModules } from './place.mjs'
import { printedCommand } from './words.mjs'

/** What a user does with a result, and with what runs left. */

/** The result is on its own branch, because HEAD was detached; the user is on main again. */
async function withResultBranch(scene) {
  const place = await scene.open({ own: false, prepare: ({ git }) => git('switch', '--quiet', '--detach') })
  const ended = await scene.endOf(scene.heard(place.conduct()))
  const command = printedCommand(ended.output, /^git merge/)
  scene.expect(command !== undefined, 'the result is on no branch')
  const ref = await place.git('for-each-ref', '--format=%(refname)', 'refs/heads/conduct/')
  scene.expect(ref === resultBranch, `the result branches are ${JSON.stringify(ref)}`)
  await scene.user(place, () => place.git('switch', '--quiet', 'main'))
  return { place, branch: ref.replace('refs/heads/', '') }
}

async function stillThere(scene, place, tip, what) {
  const now = await place.git('rev-parse', '--verify', '--quiet', resultBranch).catch(() => 'gone')
  scene.expect(now === tip, `${resultBranch} is ${now} ${what}`)
  const head = await place.git('rev-parse', '--verify', '--quiet', 'HEAD').catch(() => undefined)
  scene.expect(head !== undefined, `HEAD is unborn ${what}`)
}

/** The user has the branch checked out somewhere: clean leaves it, with and without --force. */
function checkedOut(name, checkOut) {
  return {
    name,
    async prove(scene) {
      const { place, branch } = await withResultBranch(scene)
      const elsewhere = join(scene.folder, 'elsewhere')
      await scene.user(place, () => checkOut(place, branch, elsewhere))
      scene.mayLeave(/worktree registration|^worktrees: /)
      const tip = await place.git('rev-parse', resultBranch)
      for (const force of [false, true]) {
        const what = `after clean${force ? ' --force' : ''}`
        const { output } = await scene.ends(place.executor('clean', { force }), 0, 'clean')
        await stillThere(scene, place, tip, what)
        scene.says({ output }, /kept .*conduct\/spec.*checked out/)
      }
    },
  }
}

/** A run is killed in mid-run, so that its worktrees stay. */
async function killedRun(scene, place) {
  const run = await scene.midRun(place)
  run.killGroup('SIGKILL')
  await scene.endOf(run, { judge: false })
  await place.release()
}

const ours = async (place) => {
  const checkout = await checkoutOf(place.home, labelOfAdd)
  const listed = (await place.git('worktree', 'list', '--porcelain')).split('\n')
  return listed.filter((line) => line === `worktree ${checkout}`)
}

/** The result was taken; then the user does something with it, and conducts again. */
function taken(name, act, { branch = 'main', agents = 3, satisfied = false } = {}) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open({ own: false })
      const start = await place.git('rev-parse', 'HEAD')
      await scene.conducts(place)
      const tree = await place.git('rev-parse', 'main^{tree}')
      await act({ scene, place, start })
      await scene.watch(place, { movable: [`refs/heads/${branch}`] })
      const tip = await place.git('rev-parse', 'HEAD')
      await scene.conducts(place)
      await scene.holdsResult(place, branch)
      if (satisfied)
        scene.expect((await place.git('rev-parse', 'HEAD')) === tip, 'the branch moved although all is there')
      else scene.expect((await place.git('rev-parse', `${branch}^{tree}`)) === tree, 'the result has another tree now')
      const sessions = await place.sessions()
      scene.expect(sessions.length === agents, `${sessions.length} sessions, not ${agents}: ${sessions.join(', ')}`)
    },
  }
}

const reset = ({ place, start }) => place.git('reset', '--quiet', '--hard', start)

export const rows = [
  checkedOut('issue 2: clean with the result branch checked out here', ({ git }, branch) =>
    git('switch', '--quiet', branch),
  ),
  checkedOut('issue 2: clean with the result branch checked out in another worktree', ({ git }, branch, elsewhere) =>
    git('worktree', 'add', '--quiet', elsewhere, branch),
  ),
  checkedOut(
    "issue 2: clean with the result branch checked out here and the user's commit on it",
    async (place, branch) => {
      await place.git('switch', '--quiet', branch)
      await place.commit('mine.txt', 'mine\n')
    },
  ),
  {
    name: "issue 2: clean with commits of the user's on the result branch",
    async prove(scene) {
      const { place, branch } = await withResultBranch(scene)
      await scene.user(place, async () => {
        await place.git('switch', '--quiet', branch)
        await place.commit('mine.txt', 'mine\n')
        await place.git('switch', '--quiet', 'main')
      })
      const tip = await place.git('rev-parse', resultBranch)
      const gentle = await scene.ends(place.executor('clean'), 0, 'clean')
      await stillThere(scene, place, tip, 'after clean')
      scene.says(gentle, /kept .*conduct\/spec/)
      const forced = await scene.ends(place.executor('clean', { force: true }), 0, 'clean --force')
      const refs = (await place.git('for-each-ref', '--format=%(refname)', `--contains=${tip}`))
        .split('\n')
        .filter(Boolean)
      scene.expect(
        refs.some((ref) => forced.output.includes(ref)),
        `the user's commit is on ${refs}, and no ref was named`,
      )
      await scene.watch(place)
    },
  },
  {
    name: 'clean with the result branch merged',
    async prove(scene) {
      const { place, branch } = await withResultBranch(scene)
      await scene.user(place, () => place.git('merge', '--quiet', '--ff-only', `refs/heads/${branch}`))
      await scene.ends(place.executor('clean'), 0, 'clean')
      await scene.holdsResult(place)
      await scene.watch(place)
    },
  },
  {
    name: 'issue 2: clean with a worktree whose only content is an ignored file',
    async prove(scene) {
      const place = await scene.open({ score: { commands: { add: 'echo x > only.local' } } })
      await killedRun(scene, place)
      const [line] = await ours(place)
      const { output } = await scene.ends(place.executor('clean'), 0, 'clean')
      scene.expect((await ours(place)).includes(line), 'the worktree was removed with the only copy of a file in it')
      scene.says({ output }, /kept .*only\.local.*\(2-add\)/)
      const forced = await scene.ends(place.executor('clean', { force: true }), 0, 'clean --force')
      scene.expect((await ours(place)).length === 0, 'clean --force left the worktree')
      const [ref] = /refs\/conduct\/\S*2-add\S*/.exec(forced.output) ?? []
      const kept =
        ref === undefined ? '' : await place.git('show', `${ref.replace(/[,.]$/, '')}:only.local`).catch(() => '')
      scene.expect(kept === 'x', `the ignored file is not on the ref that was named (${ref})`)
    },
  },
  {
    name: 'clean with a worktree in which only setup made something',
    async prove(scene) {
      const place = await scene.open({
        files: { 'go.sum': '' },
        spec: { settings: 'setup: echo made > dependency.local' },
      })
      await killedRun(scene, place)
      const [line = ''] = await ours(place)
      const made = await place.sh(`cat '${line.replace('worktree ', '')}/dependency.local'`)
      scene.expect(made.output.includes('made'), 'setup did not run in the worktree')
      await scene.ends(place.executor('clean'), 0, 'clean')
      scene.expect((await ours(place)).length === 0, 'what setup made keeps a worktree from being removed')
    },
  },
  {
    name: 'clean in mid-run leaves what the run uses',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      for (const force of [false, true]) await scene.ends(place.executor('clean', { force }), 0, 'clean')
      await scene.goOn(place, run)
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
    },
  },
  taken('reset --hard to before the result, and conduct', reset),
  taken(
    'reset --hard to before the result, redo a phase, and conduct',
    async (at) => {
      await reset(at)
      await at.scene.ends(at.place.executor('redo', { phase: '2' }), 0, 'redo')
    },
    { agents: 5 },
  ),
  taken(
    'reset --hard to before the result, rollback, and conduct',
    async (at) => {
      await reset(at)
      await at.scene.ends(at.place.executor('rollback', { to: '1' }), 0, 'rollback')
    },
    { agents: 5 },
  ),
  {
    name: 'revert of the result, and conduct builds it again',
    async prove(scene) {
      const place = await scene.open({ own: false })
      const start = await place.git('rev-parse', 'HEAD')
      await scene.conducts(place)
      await place.git('revert', '--no-edit', `${start}..main`)
      await scene.watch(place)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  taken(
    'squash of the result, and conduct finds it there',
    async ({ place, start }) => {
      await place.git('reset', '--quiet', '--soft', start)
      await place.git('commit', '--quiet', '--message', 'All of it')
    },
    { satisfied: true },
  ),
  taken(
    'rebase of the result, and conduct finds it there',
    async ({ place, start }) => {
      await place.git('switch', '--quiet', '-c', 'side', start)
      await place.commit('side.txt', 'side\n')
      await place.git('rebase', '--quiet', '--onto', 'side', start, 'main')
    },
    { satisfied: true },
  ),
  taken(
    'cherry-pick of the result, and conduct finds it there',
    async ({ place, start }) => {
      await place.git('switch', '--quiet', '-c', 'pick', start)
      await place.commit('pick.txt', 'pick\n')
      await place.git('cherry-pick', `${start}..main`)
    },
    { branch: 'pick', satisfied: true },
  ),
  {
    name: 'a second clone of the result, without a run log',
    async prove(scene) {
      const place = await scene.open({ own: false })
      await scene.conducts(place)
      const clone = await scene.place({ within: join(scene.folder, 'other'), control: place.control })
      await place.git('clone', '--quiet', place.root, clone.root)
      await linkModules(clone.root)
      await scene.watch(clone)
      await scene.conducts(clone)
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
    },
  },
  {
    name: 'everything that Nx and runs keep beside git is deleted after the result',
    async prove(scene) {
      const place = await scene.open()
      await scene.conducts(place)
      for (const path of ['.conduct', '.nx']) await rm(join(place.root, path), { recursive: true, force: true })
      await rm(place.home, { recursive: true, force: true })
      await writeFile(join(place.control, 'sessions'), '')
      await scene.conducts(place)
      scene.expect((await place.sessions()).length === 0, 'agents were run again')
    },
  },
]
