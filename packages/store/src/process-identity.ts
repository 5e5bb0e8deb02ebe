import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Holder } from './contract.ts'

/** Where the start of a process would stand, for one that has ended and was not yet collected. */
const ended = 'ended'

/** This process as a holder of leases: host, pid, and a start mark that no later process with the same pid shares. */
export function currentHolder(): Holder {
  return { host: hostname(), pid: process.pid, startedAt: startMark(process.pid) ?? 'unknown' }
}

/**
 * True only when `holder` is certainly gone: a process of our host (same boot, same pid namespace where there is one)
 * whose pid is free or belongs to a process that started at another time. Anything else may be alive.
 */
export function isProvablyDead(holder: Holder, self: Holder): boolean {
  if (holder.host !== self.host) return false
  if (scopeOf(holder.startedAt) !== scopeOf(self.startedAt)) return false
  if (!pidExists(holder.pid)) return true
  const mark = startMark(holder.pid)
  return mark !== undefined && scopeOf(mark) === scopeOf(holder.startedAt) && mark !== holder.startedAt
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** What a pid means something in: boot and pid namespace on Linux, the host elsewhere. */
function scopeOf(mark: string): string {
  return mark.startsWith('linux/') ? mark.slice(0, mark.lastIndexOf('/')) : ''
}

function startMark(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
      const said = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env })
      const [, state = '', started = ''] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(said) ?? []
      return `ps/${state.startsWith('Z') ? ended : started}`
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold anything; the start time is the 22nd.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = state === 'Z' || state === 'X' ? ended : fields[18]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
    return `linux/${boot}/${namespace}/${ticks ?? ended}`
  } catch {
    return undefined
  }
}
