import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { logRef, moments } from './moments.mjs'
import { situationScore, situationSpec } from './plan.mjs'
import { printedCommand, printedCommands } from './words.mjs'

/** Printed commands, followed to the letter. Those of a result that was not taken are with what was in the way. */

const conduct = /^npx nx run spec:conduct$/

/** A command that was printed is typed; it has to end with this code. */
async function follows(scene, place, { output }, pattern, code = 0) {
  const command = printedCommand(output, pattern)
  scene.expect(command !== undefined, `no command like ${pattern} was printed`)
  if (command === undefined) return { output: '' }
  const ended = await scene.types(place, command)
  scene.expect(ended.code === code, `${command} ended with ${ended.code}, not ${code}`)
  return ended
}

export const rows = [
  {
    name: 'printed command: a spec with an error says where to see all',
    async prove(scene) {
      const place = await scene.open()
      await scene.user(place, () =>
        place.write('.spec/SPEC.md', situationSpec().replace('### Phase 2', 'Depends On: Phase 9\n\n### Phase 2')),
      )
      const ended = await scene.refuses(place.executor('plan'), /SPEC\.md:\d+:\d+/)
      const lint = await follows(scene, place, ended, /^npx nx run spec:lint/, 1)
      scene.says(lint, /Phase 9|phase 9|SPEC\.md/)
    },
  },
  {
    name: 'printed command: without a spec it says how to write one',
    async prove(scene) {
      const place = await scene.open()
      await scene.user(place, () => rm(join(place.root, '.spec'), { recursive: true }))
      const ended = await scene.refuses(place.executor('plan'), /SPEC\.md/)
      const command = printedCommand(ended.output, /^npx nx g/)
      await scene.user(place, () => scene.types(place, command))
      scene.expect(place.has('.spec/SPEC.md'), 'there is no spec after it')
    },
  },
  {
    name: 'printed command: plan says what builds it',
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.ends(place.executor('plan'), 0, 'plan')
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: status before any run',
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.ends(place.executor('status'), 0, 'status')
      await follows(scene, place, ended, /^npx nx run spec:plan/)
    },
  },
  {
    name: 'printed command: status after a killed run goes on',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      run.killGroup('SIGKILL')
      await scene.endOf(run, { judge: false })
      await place.release()
      const ended = await scene.ends(place.executor('status'), 0, 'status')
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: redo of what is merged says how to revert it',
    async prove(scene) {
      const place = await scene.open({ own: false })
      await scene.conducts(place)
      const refused = await scene.refuses(place.executor('redo', { phase: '2' }), /git revert/)
      await scene.user(place, () => follows(scene, place, refused, /^git revert/), { movable: ['refs/heads/main'] })
      scene.expect(!place.has('add/add.txt') && place.has('base/one.txt'), 'the command did not revert phase 2 alone')
      const redone = await scene.ends(place.executor('redo', { phase: '2' }), 0, 'redo')
      await follows(scene, place, redone, conduct)
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 5, 'redo did not have phase 2 built again')
    },
  },
  {
    name: 'printed command: an escalation says how to see it fail and how to go on',
    async prove(scene) {
      const broken = join(scene.folder, 'broken')
      const place = await scene.open({ spec: { rounds: 0, beforeTest: `! test -e '${broken}' && ` } })
      await writeFile(broken, '')
      const ended = await scene.refuses(place.conduct())
      await scene.intact(place)
      await follows(scene, place, ended, /^cd /, 1)
      await rm(broken)
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
    },
  },
  {
    name: 'printed command: a setup that fails says how to go on',
    async prove(scene) {
      const broken = join(scene.folder, 'broken')
      const files = { 'go.sum': '' }
      const place = await scene.open({ files, spec: { settings: `setup: "! test -e '${broken}'"` } })
      await writeFile(broken, '')
      const ended = await scene.refuses(place.conduct(), /setup/)
      scene.expect((await place.sessions()).length === 0, 'agents were run')
      await rm(broken)
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: an agent that leaves its module',
    async prove(scene) {
      const place = await scene.open({ score: { commands: { twice: 'mkdir -p add && echo mine > add/stray.txt' } } })
      const ended = await scene.refuses(place.conduct(), /add\/stray\.txt/)
      await scene.intact(place)
      await scene.user(place, () => place.commit('.spec/score.yaml', situationScore({ control: place.control })))
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: clean says how to remove what it keeps',
    async prove(scene) {
      const place = await scene.open({ score: { commands: { add: 'mkdir -p add && echo half > add/half.txt' } } })
      const run = await scene.midRun(place)
      run.killGroup('SIGKILL')
      await scene.endOf(run, { judge: false })
      await place.release()
      const kept = await scene.ends(place.executor('clean'), 0, 'clean')
      scene.says(kept, /kept .*add\/half\.txt.*\(2-add\)/)
      scene.says(kept, /--force/)
      const forced = await scene.types(place, 'npx nx run spec:clean --force')
      const [ref = 'none'] = /refs\/conduct\/[^\s,]*2-add[^\s,]*/.exec(forced.output) ?? []
      const text = await place.git('show', `${ref}:add/half.txt`).catch(() => '')
      scene.expect(text === 'half', `the unfinished work is not on the ref that was named (${ref})`)
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: the index is damaged',
    async prove(scene) {
      const place = await scene.open({ own: false })
      const run = await scene.stoppedAt(place, moments.finalize)
      await truncate(join(place.gitDir, 'index'), 0)
      run.kill('SIGCONT')
      const ended = await scene.endOf(run)
      await scene.types(place, printedCommand(ended.output, /^rm /))
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: index.lock of another program',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.stoppedAt(place, moments.finalize)
      const lock = join(place.gitDir, 'index.lock')
      await writeFile(lock, '')
      run.kill('SIGCONT')
      const ended = await scene.endOf(run)
      scene.says(ended, /index\.lock/)
      await rm(lock)
      await scene.intact(place)
      await follows(scene, place, ended, /^(git merge|npx nx run spec:conduct)/)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: the score is not there',
    async prove(scene) {
      const place = await scene.open()
      const text = await place.read('.spec/score.yaml')
      await scene.user(place, () => rm(join(place.root, '.spec/score.yaml')))
      const ended = await scene.refuses(place.conduct(), /score\.yaml/)
      scene.says(ended, /NX_CONDUCT_REHEARSAL=off/)
      const off = await scene.refuses(place.conduct({ env: { NX_CONDUCT_REHEARSAL: 'off' } }), /ANTHROPIC_API_KEY/)
      scene.expect(off.code !== 0, 'without a key it ended with 0')
      await scene.user(place, () => place.write('.spec/score.yaml', text))
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: the run log leads to a commit that is none of its own',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      run.killGroup('SIGKILL')
      await scene.endOf(run, { judge: false })
      await place.release()
      await place.git('update-ref', logRef, 'HEAD')
      const ended = await scene.endOf(scene.heard(place.conduct()))
      if (ended.code === 0) await scene.holdsResult(place)
      else {
        const command = printedCommand(ended.output, /^(npx|git) /)
        const { output } = await scene.types(place, command)
        scene.expect(!/^\s+at /m.test(output), 'the printed command shows a stack trace')
      }
    },
  },
  {
    name: "printed commands of a run's summary",
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.ends(place.nx(['run', 'spec:conduct', '--outputStyle=stream']), 0, 'conducting')
      const summary = ended.output.slice(ended.output.lastIndexOf('Next:')).replaceAll('spec: ', '')
      const commands = printedCommands(summary)
      scene.expect(commands.length >= 3, `the summary prints ${JSON.stringify(commands)}`)
      // It would open a browser.
      for (const command of commands.filter((each) => !/nx graph$/.test(each))) {
        const { code } = await scene.types(place, command)
        scene.expect(code === 0, `${command} ended with ${code}`)
      }
    },
  },
  {
    name: 'printed command: the test of a phase that is not built',
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.ends(place.nx(['run', 'spec-phase-1:test', '--outputStyle=stream']), 0, 'the test')
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'printed command: redo of a phase that is not in the spec',
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.refuses(place.executor('redo', { phase: '9' }), /phase 9/)
      await follows(scene, place, ended, /^npx nx run spec:status/)
    },
  },
  {
    name: 'printed command: rollback goes on',
    async prove(scene) {
      const place = await scene.open({ own: false })
      const start = await place.git('rev-parse', 'HEAD')
      await scene.conducts(place)
      await place.git('reset', '--quiet', '--hard', start)
      await scene.watch(place)
      const ended = await scene.ends(place.executor('rollback', { to: '1' }), 0, 'rollback')
      await follows(scene, place, ended, conduct)
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 5, 'the phases behind the checkpoint were not built again')
    },
  },
  {
    name: 'printed command: a new spec is compiled',
    async prove(scene) {
      const place = await scene.open()
      const ended = await scene.user(place, () =>
        scene.ends(place.nx(['g', 'nx-conduct:spec', 'libs/x']), 0, 'the generator'),
      )
      await follows(scene, place, ended, /^npx nx-conduct compile/)
    },
  },
]
