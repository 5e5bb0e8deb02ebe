import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process that no later one can be taken for. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /**
   * When the process started, with the scope in which that and its pid mean something:
   * `linux/<digest of the machine's id>/<first 8 of the boot id>/<pid namespace>/<start in ticks>`, elsewhere
   * `ps/<start as ps prints it>`, and `unknown` where neither can be read.
   */
  readonly startedAt: string
}

/** `unknown`: a process of another machine, or one in a pid namespace that cannot be seen from here. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** Stands for the start time of a process that has ended and was not yet collected by its parent. */
const ended = 'ended'

let ourStart: string | undefined

/** This process. */
export function processIdentity(): ProcessIdentity {
  ourStart ??= startMark(process.pid)
  return { host: hostname(), pid: process.pid, startedAt: ourStart ?? 'unknown' }
}

/**
 * Whether a process is alive, as far as that can be proven by `self`. After a restart of the machine its processes are
 * dead; a machine of the same name with another id is another machine.
 */
export function livenessOf(owner: ProcessIdentity, self: ProcessIdentity = processIdentity()): Liveness {
  if (owner.host !== self.host) return 'unknown'
  const [theirs, ours] = [scopeOf(owner.startedAt), scopeOf(self.startedAt)]
  if (theirs.kind !== ours.kind) return theirs.kind === 'none' && ours.kind === 'ps' ? byPidAlone(owner.pid) : 'unknown'
  if (theirs.kind === 'linux' && ours.kind === 'linux') {
    if (theirs.boot !== ours.boot) return theirs.machine !== '' && theirs.machine === ours.machine ? 'dead' : 'unknown'
    if (theirs.namespace !== ours.namespace) return 'unknown'
  }
  if (theirs.kind === 'none') return byPidAlone(owner.pid)
  if (!hasPid(owner.pid)) return 'dead'
  const mark = startMark(owner.pid)
  if (mark === undefined) return 'unknown'
  return mark === owner.startedAt ? 'alive' : 'dead'
}

/** False only when the process is provably gone; one that cannot be judged from here counts as alive. */
export function isAlive(owner: ProcessIdentity, self: ProcessIdentity = processIdentity()): boolean {
  return livenessOf(owner, self) !== 'dead'
}

/** Whether some process of this machine runs under the pid: for owners of whom nothing but the pid is known. */
export function isRunning(pid: number): boolean {
  return hasPid(pid) && !(startMark(pid) ?? '').endsWith(`/${ended}`)
}

/** Reads an identity that was written as JSON; `undefined` for anything else. */
export function parseIdentity(json: string): ProcessIdentity | undefined {
  try {
    const parsed: Partial<ProcessIdentity> | null = JSON.parse(json)
    const { host, pid, startedAt } = parsed ?? {}
    return typeof host === 'string' && Number.isSafeInteger(pid) && pid !== undefined && typeof startedAt === 'string'
      ? { host, pid, startedAt }
      : undefined
  } catch {
    return undefined
  }
}

function byPidAlone(pid: number): Liveness {
  return isRunning(pid) ? 'unknown' : 'dead'
}

function hasPid(pid: number): boolean {
  // To `kill`, 0 and negative numbers are groups of processes.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

type Scope =
  | { readonly kind: 'linux'; readonly machine: string; readonly boot: string; readonly namespace: string }
  | { readonly kind: 'ps' }
  | { readonly kind: 'none' }

function scopeOf(mark: string): Scope {
  const [kind, machine, boot, namespace, ticks] = mark.split('/')
  if (kind === 'ps') return { kind }
  return kind === 'linux' && machine !== undefined && boot && namespace && ticks
    ? { kind, machine, boot, namespace }
    : { kind: 'none' }
}

function startMark(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
      const printed = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env })
      const [, state = '', started = ''] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(printed) ?? []
      return `ps/${state.startsWith('Z') ? ended : started}`
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold anything; the start time is the 22nd.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = state === 'Z' || state === 'X' ? ended : rest[18]
    return `linux/${machine()}/${boot()}/${namespaceOfUs()}/${ticks ?? ended}`
  } catch {
    return undefined
  }
}

let machineOnce: string | undefined

/** A digest, because the id itself is confidential; empty where the machine has none. */
function machine(): string {
  machineOnce ??= digestOf('/etc/machine-id')
  return machineOnce
}

function digestOf(file: string): string {
  try {
    return createHash('sha256')
      .update(`nx-conduct ${readFileSync(file, 'utf8').trim()}`)
      .digest('hex')
      .slice(0, 8)
  } catch {
    return ''
  }
}

const boot = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
const namespaceOfUs = () => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
