import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { conduct, hasScript, nothingRuns, stopByKey, stopBySignal, stopped, withStubborn } from '../rig/stop.ts'
import { eventually, makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

describe('a stopped run says so, blames nobody, and leaves nothing behind', () => {
  test.each([
    ['SIGTERM', 'the group'],
    ['SIGHUP', 'nx alone'],
  ] as const)('%s to %s', async (signal, reaches) => {
    await stopBySignal(signal, reaches)
  })

  test.runIf(hasScript)('Ctrl-C at a terminal', async () => {
    await stopByKey(1)
  })

  test('Ctrl-C where output goes to a pipe, without a terminal', async () => {
    await withStubborn(undefined, async (at) => {
      const nx = [join(at.root, 'node_modules', '.bin', 'nx'), ...conduct].join(' ')
      const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_CONDUCT_HOME: at.home }
      // A pipe of the shell's: those that Node makes are sockets. The reader has a group of its own, or it would end first.
      const shell = spawn('bash', ['-c', `${nx} 2>&1 > >(setsid cat) 2> >(setsid cat)`], {
        cwd: at.root,
        env,
        detached: true,
      })
      let shown = ''
      shell.stdout.on('data', (chunk) => {
        shown += chunk
      })
      const ended = new Promise((resolve) => shell.once('close', resolve))
      await eventually('the agent runs', async () => shown.includes('▸ implementation-executor'), 60_000)
      process.kill(-(shell.pid ?? Number.NaN), 'SIGINT')
      await ended
      expect(shown).toContain(stopped)
      await nothingRuns(at)
    })
  })

  test('and the run that goes on finishes', async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ delayMs: 400 }) })
    const run = workspace.start(conduct)
    await run.until(/phase 1 implement .*▸/)
    run.killGroup('SIGTERM')
    await run.until(stopped)
    await run.ended
    const again = await workspace.nx(conduct)
    expect(again.exitCode, again.output).toBe(0)
    expect(again.output).toContain('resumed')
  })
})
