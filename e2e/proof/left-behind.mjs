import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

/** Processes at work in a folder, or started with its name: `pid command line`. Dead ones nobody waited for do not count. */
export function processesIn(folder) {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || name === String(process.pid)) return []
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      if (command === '') return []
      const cwd = readlinkSync(`/proc/${name}/cwd`)
      return command.includes(folder) || cwd.startsWith(folder) ? [`${name} ${command.slice(0, 120)}`] : []
    } catch {
      // It ended while it was looked at.
      return []
    }
  })
}

/** Ends what a proof itself started and a failed product left running, so that it does not disturb the next one. */
export function endProcessesIn(folder) {
  for (const line of processesIn(folder)) {
    try {
      process.kill(Number(line.split(' ', 1)[0]), 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

/** What a setup made is kept for the next run, but no mark of who uses it. */
const isKeptLayer = /^[^/]+\/\.setup-layers\/[0-9a-f]{64}(?:$|\/(?:record\.json$|users$|files(?:$|\/)))/

/**
 * What a finished run has to have taken away: locks, worktrees, scratch. One sentence each. Half-written objects of a
 * killed git are git's own to take away, with its next gc.
 */
export async function leftBehind({ gitDir, home, temporary, git }) {
  const left = []
  for (const path of await everything(gitDir)) {
    if (/\.lock$|\.lock\.takeover$/.test(path)) left.push(`the lock .git/${path}`)
    else if (/^nx-conduct[.-]/.test(path)) left.push(`the file .git/${path}`)
    else if (/^conduct\/store\/.+/.test(path)) left.push(`the scratch .git/${path}`)
    else if (/^worktrees\/[^/]+$/.test(path)) left.push(`the worktree registration .git/${path}`)
  }
  const leases = await git('for-each-ref', '--format=%(refname)', 'refs/conduct/*/lease/*')
  if (leases !== '') left.push(`leases: ${leases.replaceAll('\n', ', ')}`)
  const held = await git('for-each-ref', '--format=%(refname)', 'refs/conduct/*/held/*')
  if (held !== '') left.push(`held commits: ${held.replaceAll('\n', ', ')}`)
  const worktrees = (await git('worktree', 'list', '--porcelain')).split('\n').filter((line) => /^worktree /.test(line))
  if (worktrees.length !== 1) left.push(`worktrees: ${worktrees.slice(1).join(', ')}`)
  for (const path of await everything(home)) {
    if (path.split('/').length >= 3 && !isKeptLayer.test(path)) left.push(`in the runs' home: ${path}`)
  }
  for (const name of await readdir(temporary)) {
    if (name.startsWith('nx-conduct')) left.push(`the temporary ${name}`)
  }
  return left.slice(0, 12)
}

async function everything(folder) {
  const found = await readdir(folder, { recursive: true }).catch(() => [])
  return found.map((path) => path.replaceAll('\\', '/'))
}

export async function eventually(holds, timeoutMs) {
  const end = performance.now() + timeoutMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
