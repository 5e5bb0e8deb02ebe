import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** A tmux server of our own, without anybody's settings. */
export function tmuxServer() {
  const name = `nx-conduct-${process.pid}`
  const tmux = (...args) => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-L', name, '-f', '/dev/null', ...args], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`)
    return stdout
  }
  return {
    /** Opens a terminal of so many columns and rows, with a shell in a folder that has this environment and no more. */
    open(session, { columns, rows, cwd, env }) {
      const words = Object.entries(env).map(([variable, value]) => `${variable}=${quoted(value)}`)
      const shell = `env -i ${words.join(' ')} bash --norc --noprofile`
      tmux('new-session', '-d', '-s', session, '-x', String(columns), '-y', String(rows), '-c', cwd, shell)
      tmux('set-option', '-t', session, 'history-limit', '5000')
      return terminalIn(tmux, session)
    },
    close() {
      spawnSync('tmux', ['-L', name, 'kill-server'])
    },
  }
}

function terminalIn(tmux, session) {
  /** What stands in it now, row by row. */
  const screen = () => tmux('capture-pane', '-p', '-t', session)
  return {
    screen,
    /** All that was printed, with lines that the terminal wrapped joined again. */
    all: () => tmux('capture-pane', '-p', '-J', '-S', '-', '-t', session),
    type: (text) => tmux('send-keys', '-t', session, '-l', text),
    press: (key) => tmux('send-keys', '-t', session, key),
    close: () => tmux('kill-session', '-t', session),
    /** Resolves with the screen once it is as it has to be. */
    async until(what, holds, timeoutMs) {
      const end = performance.now() + timeoutMs
      for (;;) {
        const now = screen()
        if (holds(now)) return now
        if (performance.now() > end) throw new Error(`not within ${timeoutMs / 1_000} s: ${what}\n${now}`)
        await sleep(100)
      }
    },
  }
}

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`
}
