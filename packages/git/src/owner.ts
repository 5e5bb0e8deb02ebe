import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { execa } from 'execa'
import type { ProcessIdentity } from './contract.ts'

/** `unknown`: another machine's process, or one in a PID namespace that cannot be seen from here. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** This process, told apart from a later one with the same pid by when it started. */
export async function processIdentity(): Promise<ProcessIdentity> {
  const startedAt = await startOf(process.pid)
  return { host: hostname(), pid: process.pid, startedAt: startedAt ?? 'unknown' }
}

/** False only when the process is provably gone; a process that cannot be judged from here counts as alive. */
export async function isAlive(owner: ProcessIdentity): Promise<boolean> {
  return (await livenessOf(owner)) !== 'dead'
}

export async function livenessOf(owner: ProcessIdentity): Promise<Liveness> {
  if (owner.host !== hostname() || owner.startedAt === 'unknown') return 'unknown'
  const [kind, boot, namespace] = owner.startedAt.split('/')
  if (kind === 'linux') {
    const here = await linuxScope()
    if (here === undefined) return 'unknown'
    if (boot !== here.boot) return 'dead'
    if (namespace !== here.namespace) return 'unknown'
  }
  return (await startOf(owner.pid)) === owner.startedAt ? 'alive' : 'dead'
}

/** Reads what was written as JSON; undefined for anything else. */
export function identityIn(json: string): ProcessIdentity | undefined {
  try {
    const parsed: Partial<ProcessIdentity> | null = JSON.parse(json)
    const { host, pid, startedAt } = parsed ?? {}
    return typeof host === 'string' && typeof pid === 'number' && typeof startedAt === 'string'
      ? { host, pid, startedAt }
      : undefined
  } catch {
    return undefined
  }
}

/** When a process started, with the scope in which that is comparable; undefined when it does not run. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const { exitCode, stdout } = await execa('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      reject: false,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
      extendEnv: false,
    })
    const [, state, started] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout) ?? []
    if (exitCode !== 0 || state === undefined || state.startsWith('Z')) return undefined
    return `ps/${started}`
  }
  const [scope, status] = await Promise.all([
    linuxScope(),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined),
  ])
  if (scope === undefined || status === undefined) return undefined
  // The program's name stands in parentheses and may hold anything; the fields are counted from behind it.
  const [state, ...rest] = status.slice(status.lastIndexOf(')') + 2).split(' ')
  const ticks = rest[18]
  return ticks === undefined || state === 'Z' || state === 'X'
    ? undefined
    : `linux/${scope.boot}/${scope.namespace}/${ticks}`
}

async function linuxScope(): Promise<{ readonly boot: string; readonly namespace: string } | undefined> {
  try {
    const [boot, namespace] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
    ])
    return { boot: boot.slice(0, 8), namespace: namespace.replace(/\D/g, '') }
  } catch {
    return undefined
  }
}
