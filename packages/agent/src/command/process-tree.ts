import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

/** Names a command to every process it starts; inherited, so it finds those that left the process group. */
export const markVariable = 'NX_CONDUCT_COMMAND'

/** A command's processes: its process group, and on Linux whatever carries its mark. */
export interface ProcessTree {
  /** Id of the process group; its leader is the command's shell. */
  readonly group: number
  /** Random value of the mark variable in the command's environment. */
  readonly mark: string
  /** A folder in which nobody else works: what was started there since, and has no terminal, belongs to the command. */
  readonly own?: { readonly folder: string; readonly since: number }
}

/**
 * Sends a signal to every living process of the tree and tells whether there was one. On Linux `/proc` is searched for
 * the mark, so `setsid` and double forks do not escape; elsewhere only the process group is known. A process that
 * detached *and* replaced its environment (or wrote its title over it) is found while it works in the command's own folder;
 * otherwise only a PID namespace holds it.
 */
export function signalTree(tree: ProcessTree, signal: NodeJS.Signals): boolean {
  const inGroup = signalGroup(tree.group, signal)
  let found = false
  for (const pid of [...marked(tree.mark), ...workingIn(tree)]) found = sendSignal(pid, signal) || found
  return found || (inGroup && groupIsAlive(tree.group))
}

function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return sendSignal(-group, signal)
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    // Gone already, or not ours to signal.
    return false
  }
}

/** Zombies keep a group in existence until somebody reaps them; they are dead all the same. */
function groupIsAlive(group: number): boolean {
  const pids = processIds()
  if (pids.length === 0) return true
  return pids.some((pid) => {
    const [state, , memberOf] = statOf(pid)
    return memberOf === String(group) && state !== 'Z' && state !== 'X'
  })
}

function marked(mark: string): readonly number[] {
  const entry = Buffer.from(`${markVariable}=${mark}\0`)
  const found: number[] = []
  const seen = new Set<number>()
  for (let pass = 0; ; pass++) {
    let vanished = false
    for (const pid of processIds()) {
      if (seen.has(pid)) continue
      const environment = environmentOf(pid)
      if (environment === undefined) vanished = true
      // One that is empty may be of a process that starts another program at this moment. Any other is read once: a process
      // gets the mark from a process that has it, and not later.
      else if (environment.length > 0) seen.add(pid)
      if (environment?.includes(entry)) found.push(pid)
    }
    // A process that vanished while we looked may have left a child behind us in the list.
    if (!vanished || pass === 3) return found
  }
}

/** Every command reads every environment once: one buffer serves them all. */
let room = Buffer.allocUnsafe(64 * 1024)

/** Valid until the next call. Empty when the process is not ours to read; undefined when it is gone. */
function environmentOf(pid: number): Buffer | undefined {
  const file = openEnvironment(pid)
  if (typeof file !== 'number') return file === 'gone' ? undefined : room.subarray(0, 0)
  try {
    let size = 0
    for (;;) {
      if (size === room.length) room = Buffer.concat([room, Buffer.allocUnsafe(room.length)])
      const read = readSync(file, room, size, room.length - size, null)
      if (read === 0) return room.subarray(0, size)
      size += read
    }
  } catch (error) {
    return whyUnread(error) === 'gone' ? undefined : room.subarray(0, 0)
  } finally {
    closeSync(file)
  }
}

/** A person who looks around in the folder has a terminal, and an editor that is open there was started before. */
function workingIn({ own }: ProcessTree): readonly number[] {
  if (own === undefined) return []
  const { folder, since } = own
  return processIds().filter((pid) => {
    if (pid === process.pid) return false
    try {
      const directory = readlinkSync(`/proc/${pid}/cwd`)
      if (directory !== folder && !directory.startsWith(`${folder}/`)) return false
    } catch {
      // It is gone, or not ours to look at.
      return false
    }
    const [state, , , , terminal] = statOf(pid)
    return terminal === '0' && state !== 'Z' && state !== 'X' && startTimeOf(pid) >= since
  })
}

/**
 * Whether this process was started by a command of ours, directly or through others: an agent's or a test's. On Linux the
 * processes above it are asked, so that taking the mark out of the environment does not help; one whose parents are gone is not seen.
 */
export function isInsideCommand(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env[markVariable] !== undefined) return true
  if (process.platform !== 'linux') return false
  const start = Buffer.from(`${markVariable}=`)
  const within = Buffer.from(`\0${markVariable}=`)
  for (let pid = process.ppid; pid > 1; pid = Number(statOf(pid)[1] ?? 0)) {
    const environment = environmentOf(pid)
    if (environment?.includes(within) || environment?.subarray(0, start.length).equals(start)) return true
  }
  return false
}

/** When a process was started, in ticks since the system was; NaN where that is not known. */
export function startTimeOf(pid: number): number {
  return Number(statOf(pid)[22 - 3])
}

/** The fields of `/proc/<pid>/stat` from the state (3rd) on. */
function statOf(pid: number): readonly string[] {
  const stat = readStat(pid)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
}

function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}

function openEnvironment(pid: number): number | 'gone' | 'not-ours' {
  try {
    return openSync(`/proc/${pid}/environ`, 'r')
  } catch (error) {
    return whyUnread(error)
  }
}

/** Empty when the process is not ours to read; undefined when it is gone. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    return whyUnread(error) === 'gone' ? undefined : ''
  }
}

function whyUnread(error: unknown): 'gone' | 'not-ours' {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ESRCH') return 'gone'
  if (code === 'EACCES' || code === 'EPERM') return 'not-ours'
  throw error
}
