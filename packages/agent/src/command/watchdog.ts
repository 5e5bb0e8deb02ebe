import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { markVariable } from './process-tree.ts'

/**
 * Kills a command when this process dies, however it dies. It lives in a session of its own and blocks on a pipe of
 * which we alone hold the writing end: the kernel closes that end when we are gone, `kill -9` of our whole process
 * group included. It is there before the command is, finds the command by its mark (Linux) and by its group, and looks
 * again for two seconds, because a process may be between fork and exec at the first look.
 */
const script = `
group=
while IFS= read -r line; do
  case $line in done) exit 0 ;; *) group=$line ;; esac
done
for round in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$group" ] && kill -KILL -- "-$group"
  for file in $(grep -lszx "$2=$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -KILL "\${pid%/environ}"
  done
  sleep 0.2
done
`

/** Guards one command. */
export interface Watchdog {
  /** Tells the process group as soon as it is known. */
  guard(group: number): void
  /** Resolves when the watchdog is gone; nothing is killed. */
  dismiss(): Promise<void>
  /** Lets the watchdog do what it does when we die. Resolves when it is gone. */
  endCommand(): Promise<void>
}

/**
 * Starts a watchdog for the command that will carry `mark`. Rejects when `bash` cannot be started. Should somebody kill
 * the watchdog while the command runs, `onLost` is called: the command is unguarded from then on.
 */
export async function startWatchdog(mark: string, path: string | undefined, onLost: () => void): Promise<Watchdog> {
  const child: ChildProcess = spawn('bash', ['--norc', '-c', script, 'nx-conduct-watchdog', mark, markVariable], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: path === undefined ? {} : { PATH: path },
  })
  const gone = once(child, 'exit')
  gone.catch(() => {})
  let dismissed = false
  await once(child, 'spawn')
  // Writing to a watchdog that was killed must not throw out of nowhere; its end is reported by `exit`.
  child.stdin?.on('error', () => {})
  child.once('exit', () => {
    if (!dismissed) onLost()
  })
  return {
    guard: (group) => void child.stdin?.write(`${group}\n`),
    async dismiss() {
      dismissed = true
      child.stdin?.end('done\n')
      await gone
    },
    async endCommand() {
      dismissed = true
      child.stdin?.end()
      await gone
    },
  }
}
