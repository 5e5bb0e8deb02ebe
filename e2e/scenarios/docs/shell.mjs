import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const mostMs = 9 * 60_000

/**
 * A shell that keeps its folder and its exported variables from command to command. `state` is a folder of its own.
 * The process that asks goes on working meanwhile, because it serves the registry.
 */
export function shellIn(folder, { state, env }) {
  mkdirSync(state, { recursive: true })
  const places = { folder: join(state, 'folder'), variables: join(state, 'variables') }
  writeFileSync(places.folder, folder)
  return {
    folder: () => readFileSync(places.folder, 'utf8').trimEnd(),
    go(to) {
      writeFileSync(places.folder, to)
    },
    /** Starts a command and returns what ends it and all that it started. */
    start(command) {
      const child = spawn('bash', ['-c', command], { cwd: this.folder(), env, detached: true, stdio: 'ignore' })
      return () =>
        child.pid !== undefined &&
        child.exitCode === null &&
        child.signalCode === null &&
        process.kill(-child.pid, 'SIGKILL')
    },
    run(command) {
      const script = [
        existsSync(places.variables) ? `. '${places.variables}'` : '',
        `cd "$(cat '${places.folder}')" || exit 1`,
        command,
        'code=$?',
        `pwd > '${places.folder}'; export -p > '${places.variables}'; exit $code`,
      ]
      return new Promise((resolve) => {
        const child = spawn('bash', ['-c', script.join('\n')], {
          env,
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        let output = ''
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text) => {
            output += text
          })
        const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), mostMs)
        child.on('close', (exitCode) => {
          clearTimeout(timer)
          resolve({ exitCode: exitCode ?? -1, output })
        })
      })
    },
  }
}
