import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { eventually, makeWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const
const stopped = 'Stopped. Finished steps are kept; go on with: npx nx run spec:conduct'
const hasScript = spawnSync('script', ['--version']).status === 0

/** A workspace whose agent is a program that runs until it is stopped. */
async function stubbornWorkspace(command = 'sleep 600'): Promise<Workspace> {
  const spec = smallSpec().replace(/^agent: .*$/m, `agent: { driver: command, command: ${JSON.stringify(command)} }`)
  workspace = await makeWorkspace({ spec, score: smallScore() })
  return workspace
}

async function nothingRuns({ root, home }: Workspace): Promise<void> {
  await eventually(
    'every process of the run is gone',
    async () => [...(await processesIn(root)), ...(await processesIn(home))].length === 0,
    8_000,
  )
}

/** How often the run log says that an agent or a step ended in this way. */
async function recorded(of: Workspace, what: string): Promise<number> {
  const program = join(of.root, 'node_modules', '.bin', 'nx-conduct')
  const { stdout } = spawnSync(program, ['log'], { cwd: of.root, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes(what)).length
}

describe('a stopped run says so, blames nobody, and leaves nothing behind', () => {
  for (const [signal, reaches] of [
    ['SIGTERM', 'the group'],
    ['SIGTERM', 'nx alone'],
    ['SIGHUP', 'the group'],
    ['SIGHUP', 'nx alone'],
  ] as const) {
    test(`${signal} to ${reaches}`, async () => {
      const at = await stubbornWorkspace()
      const run = at.start(conduct)
      await run.until('▸ implementation-executor')
      if (reaches === 'the group') run.killGroup(signal)
      else run.kill(signal)
      await run.until(stopped)
      const { code } = await run.ended
      expect(code).not.toBe(0)
      await nothingRuns(at)
      expect(run.output()).not.toMatch(/SIGKILL|by hand/)
      expect(await recorded(at, 'outcome=aborted'), run.output()).toBe(1)
      expect(await recorded(at, 'step.failed')).toBe(0)
    })
  }

  test.runIf(hasScript).each([
    ['once', 1, 'sleep 600'],
    ['three times', 3, 'sleep 600'],
    ['once, with an agent that ignores signals', 1, "trap '' INT TERM HUP; while :; do sleep 1; done"],
  ])('Ctrl-C %s, at a terminal', async (_, presses, agent) => {
    const at = await stubbornWorkspace(agent)
    const nx = [join(at.root, 'node_modules', '.bin', 'nx'), ...conduct].join(' ')
    const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_CONDUCT_HOME: at.home }
    const terminal = spawn('script', ['-qec', nx, '/dev/null'], { cwd: at.root, env })
    let shown = ''
    terminal.stdout.on('data', (chunk) => {
      shown += chunk
    })
    const ended = new Promise((resolve) => terminal.once('exit', resolve))
    await eventually('the agent runs', async () => shown.includes('▸ implementation-executor'), 60_000)
    const started = performance.now()
    for (let press = 0; press < presses; press++) {
      terminal.stdin.write('\u0003')
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    await ended
    expect(performance.now() - started).toBeLessThan(6_000)
    expect(shown).toContain('Stopping; Ctrl-C again stops at once.')
    expect(shown.split(stopped)).toHaveLength(2)
    expect(shown).not.toMatch(/SIGKILL|by hand/)
    await nothingRuns(at)
  })

  test('Ctrl-C where output goes to a pipe, without a terminal', async () => {
    const at = await stubbornWorkspace()
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

  test('and the run that goes on finishes', async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ delayMs: 400 }) })
    const run = workspace.start(conduct)
    await run.until(/phase 1 implement .*turn 1/)
    run.killGroup('SIGTERM')
    await run.until(stopped)
    await run.ended
    const again = await workspace.nx(conduct)
    expect(again.exitCode, again.output).toBe(0)
    expect(again.output).toContain('resumed')
  })
})
