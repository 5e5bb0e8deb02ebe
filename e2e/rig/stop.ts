import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { smallScore, smallSpec } from './small.ts'
import { eventually, makeWorkspace, processesIn, type Workspace } from './workspace.ts'

export const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const
export const stopped = 'Stopped. Finished steps are kept; go on with: npx nx run spec:conduct'
export const hasScript = spawnSync('script', ['--version']).status === 0

/** In a workspace whose agent is a program that runs until it is stopped. */
export async function withStubborn(command: string | undefined, use: (at: Workspace) => Promise<void>): Promise<void> {
  const at = await stubbornWorkspace(command)
  try {
    await use(at)
  } finally {
    await at.remove()
  }
}

function stubbornWorkspace(command = 'sleep 600'): Promise<Workspace> {
  const spec = smallSpec().replace(/^agent: .*$/m, `agent: { driver: command, command: ${JSON.stringify(command)} }`)
  return makeWorkspace({ spec, score: smallScore() })
}

export async function nothingRuns({ root, home }: Workspace): Promise<void> {
  await eventually(
    'every process of the run is gone',
    async () => [...(await processesIn(root)), ...(await processesIn(home))].length === 0,
    8_000,
  )
}

/** How often the run log says that an agent or a step ended in this way. */
function recorded(of: Workspace, what: string): number {
  const program = join(of.root, 'node_modules', '.bin', 'nx-conduct')
  const { stdout } = spawnSync(program, ['log'], { cwd: of.root, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes(what)).length
}

/** A signal while an agent works: the run says that it stopped, and leaves nothing. */
export function stopBySignal(signal: NodeJS.Signals, reaches: 'the group' | 'nx alone'): Promise<void> {
  return withStubborn(undefined, (at) => signalTo(at, signal, reaches))
}

async function signalTo(at: Workspace, signal: NodeJS.Signals, reaches: 'the group' | 'nx alone'): Promise<void> {
  const run = at.start(conduct)
  await run.until('▸ implementation-executor')
  if (reaches === 'the group') run.killGroup(signal)
  else run.kill(signal)
  await run.until(stopped)
  const { code } = await run.ended
  expect(code).not.toBe(0)
  await nothingRuns(at)
  expect(run.output()).not.toMatch(/SIGKILL|by hand/)
  expect(recorded(at, 'outcome=aborted'), run.output()).toBe(1)
  expect(recorded(at, 'step.failed')).toBe(0)
}

/** Ctrl-C at a terminal while an agent works, so many times. */
export function stopByKey(presses: number, command?: string): Promise<void> {
  return withStubborn(command, (at) => pressIn(at, presses))
}

async function pressIn(at: Workspace, presses: number): Promise<void> {
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
}
