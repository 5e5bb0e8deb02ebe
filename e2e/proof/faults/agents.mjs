import { rm } from 'node:fs/promises'
import { join } from 'node:path'

const both = ['git', 'redis']

/** Worktrees stand four folders below the place of the workspace; the file says whether this is to happen now. */
const now = 'test -e ../../../../now'
const hangs = `if ${now}; then trap '' TERM INT HUP; while :; do sleep 1; done; fi; ls -la`
const daemonises = `if ${now}; then setsid sleep 301 & setsid nohup sleep 302 >/dev/null 2>&1 & fi; ls -la`

async function nowIsTheTime(workspace) {
  await workspace.write('../now', '')
  return () => rm(join(workspace.top, 'now'))
}

export const rows = [
  {
    name: 'an agent hangs and ignores SIGTERM: its time runs out',
    stores: both,
    async prove(stage) {
      await stage.open({ spec: { settings: 'rounds: 2\nbudget: { wall: 3s }' }, score: { look: hangs } })
      const over = await nowIsTheTime(stage.workspace)
      const run = stage.run()
      await stage.ends(run, 1)
      stage.says(run, /the agent reached its limit \(wall\)/)
      stage.says(run, /Raise budget\.wall/)
      await stage.holdsAnytime()
      await over()
      await stage.resumes()
      await stage.holds()
    },
  },
  {
    name: 'an agent hangs and ignores SIGTERM: Ctrl-C',
    stores: both,
    async prove(stage) {
      await stage.open({ score: { look: hangs } })
      const over = await nowIsTheTime(stage.workspace)
      const run = stage.run()
      await run.until('turn 1')
      const startedMs = performance.now()
      run.killGroup('SIGINT')
      await stage.ends(run, 130)
      stage.expect(performance.now() - startedMs < 4_000, 'it took more than 4 s to stop')
      await stage.holdsAnytime()
      await over()
      await stage.resumes()
      await stage.holds()
    },
  },
  {
    name: 'an agent hangs and the conductor is killed',
    stores: ['git'],
    async prove(stage) {
      await stage.open({ score: { look: hangs } })
      const over = await nowIsTheTime(stage.workspace)
      const run = stage.run()
      await run.until('turn 1')
      run.kill('SIGKILL')
      await run.ended
      await stage.holdsAnytime()
      await over()
      await stage.resumes()
      await stage.holds()
    },
  },
  {
    name: 'an agent starts daemons',
    stores: both,
    async prove(stage) {
      await stage.open({ score: { look: daemonises } })
      await nowIsTheTime(stage.workspace)
      await stage.resumes()
      await stage.holds()
    },
  },
  {
    name: 'a test command starts daemons',
    stores: ['git'],
    async prove(stage) {
      await stage.open({ spec: { beforeTest: 'setsid sleep 303 & ' } })
      await stage.resumes()
      await stage.holds()
    },
  },
]
