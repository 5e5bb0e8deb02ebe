import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually, processesIn } from '../left-behind.mjs'
import { artifacts } from './moments.mjs'
import { situationProgram } from './plan.mjs'
import { printedCommand } from './words.mjs'

/** Situations whose point is Nx itself, so it is the real one. */

const conduct = ['run', 'spec:conduct', '--outputStyle=stream']
const goOn = /^npx nx run spec:conduct$/

/** Signals reach a run through Nx in mid-run; it stops with a word, and the printed command goes on. */
function stopped(name, signals, { alone = false, told = true, open = () => ({}) } = {}) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open(await open(scene))
      const run = await scene.midRun(place, () => place.nx(conduct))
      for (const signal of signals) {
        if (alone) run.kill(signal)
        else run.killGroup(signal)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      const startedMs = performance.now()
      const { code } = await scene.endOf(run)
      const gone = await eventually(() => processesIn(scene.folder).length === 0, 8_000)
      scene.expect(gone, `still running: ${processesIn(scene.folder).join('; ')}`)
      const tookMs = performance.now() - startedMs
      scene.expect(tookMs < 8_000, `it took ${Math.round(tookMs)} ms to stop`)
      scene.expect(code !== 0, 'it ended with 0')
      const output = run.output()
      scene.expect(!/SIGKILL|by hand/.test(output), 'it is reported as killed by SIGKILL, or to be run by hand')
      if (told) scene.says({ output }, /Stopped/)
      const command = printedCommand(output, goOn)
      if (told) scene.expect(command !== undefined, 'no command to go on was printed')
      await scene.intact(place)
      await place.release()
      const again = await scene.types(place, command ?? 'npx nx run spec:conduct')
      scene.expect(again.code === 0, `going on ended with ${again.code}`)
      await scene.holdsResult(place)
      const sessions = await place.sessions()
      scene.expect(sessions.filter((label) => label === 'base').length === 1, 'finished work was done again')
    },
  }
}

/** A workspace whose agents are a program. */
async function byProgram({ folder }) {
  const control = join(folder, 'control')
  await mkdir(control, { recursive: true })
  await writeFile(join(control, 'agent.sh'), situationProgram({ control }))
  return { spec: { modules: false, agent: `{ driver: command, command: "sh ${control}/agent.sh" }` } }
}

/** Nx's own state is taken away in mid-run. */
function withoutNxState(name, act, { env } = {}) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place, () => place.nx(conduct, { env }))
      await scene.user(place, () => act(scene, place))
      const ended = await scene.goOn(place, run, {})
      if (ended.code === 0) await scene.holdsResult(place)
      await scene.ends(place.nx(conduct, { env }), 0, 'the next run')
      await scene.holdsResult(place)
      const sessions = await place.sessions()
      scene.expect(sessions.length === 3, `agents were run again: ${sessions.join(', ')}`)
      if (env) await scene.ends(place.nx(['reset'], { env }), 0, 'nx reset')
    },
  }
}

/** The spec changes in mid-run in a way that it cannot be read any more. */
function specGoes(name, act, back) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place, () => place.nx(conduct))
      const text = await place.read('.spec/SPEC.md')
      await scene.user(place, () => act(place))
      const ended = await scene.goOn(place, run, {})
      if (ended.code === 0) await scene.tookOrTold(place, ended)
      else {
        scene.says(ended, /SPEC\.md|spec/)
        scene.expect(
          (await scene.lacks(place, 'main')).length > 0,
          `main has the result, and the run ended with ${ended.code}`,
        )
      }
      await scene.user(place, () => back(place, text))
      await scene.ends(place.nx(conduct), 0, 'the next run')
      await scene.holdsResult(place)
      const sessions = await place.sessions()
      scene.expect(sessions.length === 3, `agents were run again: ${sessions.join(', ')}`)
    },
  }
}

export const rows = [
  stopped('issue 12: Ctrl-C once', ['SIGINT']),
  stopped('Ctrl-C twice', ['SIGINT', 'SIGINT'], { told: false }),
  stopped('Ctrl-C three times', ['SIGINT', 'SIGINT', 'SIGINT'], { told: false }),
  stopped('issue 12: SIGTERM to all of it', ['SIGTERM']),
  stopped('issue 12: SIGTERM to nx alone', ['SIGTERM'], { alone: true, told: false }),
  stopped('issue 12: SIGHUP, the terminal is closed', ['SIGHUP'], { told: false }),
  stopped('issue 12: SIGTERM to all of it, the agent is a program', ['SIGTERM'], { told: false, open: byProgram }),
  stopped('issue 12: SIGHUP to all of it, the agent is a program', ['SIGHUP'], { told: false, open: byProgram }),
  stopped('issue 12: SIGTERM to nx alone, the agent is a program', ['SIGTERM'], {
    alone: true,
    told: false,
    open: byProgram,
  }),
  stopped('issue 12: SIGHUP to nx alone, the agent is a program', ['SIGHUP'], {
    alone: true,
    told: false,
    open: byProgram,
  }),
  withoutNxState('delete .nx', (_scene, place) => rm(join(place.root, '.nx'), { recursive: true, force: true })),
  withoutNxState('nx reset', (scene, place) => scene.ends(place.nx(['reset']), 0, 'nx reset')),
  withoutNxState('nx reset with the daemon on', (scene, place) => scene.ends(place.nx(['reset']), 0, 'nx reset'), {
    env: { NX_DAEMON: 'true' },
  }),
  {
    name: 'daemon on: twice in a row, and an edit between',
    async prove(scene) {
      const env = { NX_DAEMON: 'true' }
      const place = await scene.open()
      await scene.ends(place.nx(conduct, { env }), 0, 'conducting')
      await scene.holdsResult(place)
      await scene.ends(place.nx(conduct, { env }), 0, 'conducting again')
      await scene.user(place, () => place.commit('mine.txt', 'mine\n'))
      await scene.ends(place.nx(conduct, { env }), 0, 'conducting after a commit')
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
      await scene.ends(place.nx(['reset'], { env }), 0, 'nx reset')
    },
  },
  {
    name: 'second terminal, through Nx',
    async prove(scene) {
      const place = await scene.open()
      const first = await scene.midRun(place, () => place.nx(conduct))
      const second = scene.heard(place.nx(conduct))
      await second.until(/waits|✖/)
      await place.release()
      for (const run of [first, second]) {
        const { code } = await scene.endOf(run)
        scene.expect(code === 0, `a run ended with ${code}`)
      }
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
    },
  },
  {
    name: "issue 6: the run log's refs are deleted, and Nx's cache is whole",
    async prove(scene) {
      const place = await scene.open({ own: false })
      const start = await place.git('rev-parse', 'HEAD')
      await scene.ends(place.nx(conduct), 0, 'conducting')
      await scene.user(place, async () => {
        await place.git('reset', '--quiet', '--hard', start)
        await place.sh(
          "git for-each-ref --format='delete %(refname)' refs/conduct refs/heads/conduct | git update-ref --stdin",
        )
      })
      await scene.ends(place.nx(conduct), 0, 'conducting with an empty log')
      await scene.holdsResult(place)
      await scene.ends(place.nx(conduct), 0, 'conducting once more')
    },
  },
  {
    name: "issue 6: .conduct/ is deleted, and Nx's cache and the log are whole",
    async prove(scene) {
      const place = await scene.open({ own: false })
      const start = await place.git('rev-parse', 'HEAD')
      await scene.ends(place.nx(conduct), 0, 'conducting')
      await scene.user(place, async () => {
        await place.git('reset', '--quiet', '--hard', start)
        await rm(join(place.root, artifacts), { recursive: true })
      })
      await scene.ends(place.nx(conduct), 0, 'conducting without .conduct')
      await scene.holdsResult(place)
      scene.expect((await place.sessions()).length === 3, 'agents were run again')
    },
  },
  specGoes(
    'issue 12: break SPEC.md',
    async (place) =>
      place.write(
        '.spec/SPEC.md',
        (await place.read('.spec/SPEC.md')).replace('### Phase 2: Sums', '### Phase 1: Sums\nDepends On: Phase 9'),
      ),
    (place, text) => place.write('.spec/SPEC.md', text),
  ),
  specGoes(
    'issue 12: rename SPEC.md',
    ({ root }) => rename(join(root, '.spec/SPEC.md'), join(root, '.spec/PLAN.md')),
    ({ root }) => rename(join(root, '.spec/PLAN.md'), join(root, '.spec/SPEC.md')),
  ),
  specGoes(
    'issue 12: remove SPEC.md',
    ({ root }) => rm(join(root, '.spec/SPEC.md')),
    (place, text) => place.write('.spec/SPEC.md', text),
  ),
]
