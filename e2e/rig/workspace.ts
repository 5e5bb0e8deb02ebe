import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface Finished {
  readonly exitCode: number
  /** Standard output and error in order of arrival. */
  readonly output: string
  readonly durationMs: number
}

/** A real workspace: real git, real Nx, this checkout's packages. */
export interface Workspace {
  readonly root: string
  /** Where the runs of this workspace put their worktrees. */
  readonly home: string
  nx(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  /** Starts Nx in a process group of its own. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Started
  git(...args: string[]): Promise<string>
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  remove(): Promise<void>
}

export interface Started {
  readonly pid: number
  output(): string
  /** Resolves when the output holds the text; fails when the process ended without it. */
  until(text: string | RegExp): Promise<void>
  killGroup(signal: NodeJS.Signals): void
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

export interface WorkspaceFiles {
  readonly spec: string
  readonly score: string
  readonly files?: Readonly<Record<string, string>>
  readonly commit?: boolean
}

/** Steps in which an agent ran, as `phase 2 implement add`. */
export function agentsIn(output: string): readonly string[] {
  return output.split('\n').flatMap((line) => /(phase \d implement \S+)\s+▸/.exec(line)?.[1] ?? [])
}

/** Makes a workspace with a spec and a score, committed. */
export async function makeWorkspace({ spec, score, files = {}, commit = true }: WorkspaceFiles): Promise<Workspace> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'nx-conduct-e2e-')))
  const root = join(top, 'workspace')
  const home = join(top, 'home')
  await mkdir(root, { recursive: true })
  await symlink(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'))
  const workspace = openWorkspace(root, home, () => rm(top, { recursive: true, force: true }))
  const all = {
    'nx.json': `${JSON.stringify({ plugins: ['nx-conduct'], sync: { globalGenerators: ['nx-conduct:sync'] }, analytics: false }, null, 2)}\n`,
    'package.json': `${JSON.stringify({ name: 'workspace', private: true, type: 'module' }, null, 2)}\n`,
    '.gitignore': 'node_modules\n.nx\n.conduct\n',
    '.spec/SPEC.md': spec,
    '.spec/score.yaml': score,
    ...files,
  }
  for (const [path, text] of Object.entries(all)) await workspace.write(path, text)
  await workspace.git('init', '--quiet', '--initial-branch=main')
  await workspace.git('config', 'user.name', 'Somebody')
  await workspace.git('config', 'user.email', 'somebody@localhost')
  if (commit) {
    await workspace.git('add', '--all')
    await workspace.git('commit', '--quiet', '--message', 'Start')
  }
  return workspace
}

/** Variables of a surrounding Nx run must not leak into the workspace's own. */
function environment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(NX_|GIT_|VITEST|REDIS_URL|ANTHROPIC_|FORCE_COLOR|CI$)/.test(name)
      ? []
      : [[name, value] as const],
  )
  return {
    ...Object.fromEntries(inherited),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_CONDUCT_HOME: home,
    NO_COLOR: '1',
    ...more,
  }
}

export function openWorkspace(root: string, home: string, remove: () => Promise<void>): Workspace {
  const nxProgram = join(root, 'node_modules', '.bin', 'nx')
  return {
    root,
    home,
    remove,
    async nx(args, env) {
      const started = performance.now()
      const { exitCode, all } = await execa(nxProgram, args, {
        cwd: root,
        env: environment(home, env),
        extendEnv: false,
        reject: false,
        all: true,
        stdin: 'ignore',
      })
      return { exitCode: exitCode ?? -1, output: all ?? '', durationMs: performance.now() - started }
    },
    start(args, env) {
      const child = spawn(nxProgram, args, {
        cwd: root,
        env: environment(home, env),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      const listeners = new Set<() => void>()
      const take = (chunk: Buffer) => {
        output += chunk.toString()
        for (const listener of listeners) listener()
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        child.once('exit', (code, signal) => resolve({ code, signal }))
      })
      const pid = child.pid ?? -1
      return {
        pid,
        output: () => output,
        async until(text) {
          const found = () => (typeof text === 'string' ? output.includes(text) : text.test(output))
          let stop = () => {}
          const seen = new Promise<boolean>((resolve) => {
            const listener = () => found() && resolve(true)
            listeners.add(listener)
            stop = () => listeners.delete(listener)
            listener()
          })
          const result = await Promise.race([seen, ended.then(() => found())])
          stop()
          if (!result) throw new Error(`the process ended before it said ${String(text)}:\n${output}`)
        },
        killGroup: (signal) => process.kill(-pid, signal),
        kill: (signal) => process.kill(pid, signal),
        ended,
      }
    },
    async git(...args) {
      const { stdout } = await execa('git', args, { cwd: root, env: environment(home), extendEnv: false })
      return stdout
    },
    async write(path, text) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    },
    read: (path) => readFile(join(root, path), 'utf8'),
  }
}

/** Command lines of processes that still mention a folder, this one apart. */
export async function processesIn(folder: string): Promise<readonly string[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,args='])
  const { stdout: cwds } = await execa('sh', [
    '-c',
    'for p in /proc/[0-9]*; do printf "%s %s\\n" "${p#/proc/}" "$(readlink "$p/cwd" 2>/dev/null)"; done',
  ])
  const inside = new Set(
    cwds
      .split('\n')
      .filter((line) => line.includes(` ${folder}`))
      .map((line) => line.split(' ', 1)[0]),
  )
  return stdout.split('\n').filter((line) => {
    const pid = line.trim().split(' ', 1)[0]
    return pid !== String(process.pid) && (inside.has(pid) || line.includes(folder))
  })
}

/** Waits until a condition holds; for what other processes do in their own time. */
export async function eventually(what: string, holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
