import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { getEventListeners, once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandRequest, runCommand } from '../src/index.ts'
import { compiledIndex, compileOnce, hostProcess, processesWith, sleepOfOurOwn, until } from './host-process.ts'

const onLinux = process.platform === 'linux'
let directory = ''

compileOnce()

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nx-conduct-command-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function run(command: string, more: Partial<CommandRequest> = {}) {
  const env = { PATH: process.env['PATH'] ?? '', ...more.env }
  return runCommand({ command, cwd: directory, timeoutMs: 20_000, ...more, env })
}

/** Prints the watchdogs of the process that runs it. */
const watchdogs = "ps -eo pid,ppid,args | awk -v parent=$PPID '$2 == parent && /[n]x-conduct-watchdog/ {print $1}'"

describe('runCommand', () => {
  it('returns the exit code, both streams in order, and the digest of what was printed', async () => {
    const outcome = await run('echo one; echo two >&2; echo three; exit 3')
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3, output: 'one\ntwo\nthree\n', elidedBytes: 0 })
    expect(outcome.outputDigest).toBe(createHash('sha256').update('one\ntwo\nthree\n').digest('hex'))
  })

  it('runs in the directory, with stdin, and with no environment but the given one', async () => {
    const outcome = await run('pwd; cat; env | cut -d= -f1 | sort | tr "\\n" " "', {
      stdin: 'typed\n',
      env: { GREETING: 'hello' },
    })
    expect(outcome.output).toBe(`${directory}\ntyped\nGREETING NX_CONDUCT_COMMAND PATH PWD SHLVL _ `)
  })

  it('reads no start-up file of the user, though standard input is a socket', async () => {
    writeFileSync(join(directory, '.bashrc'), 'echo from bashrc\n')
    expect((await run('cat', { stdin: 'x', env: { HOME: directory } })).output).toBe('x')
  })

  it('tells a signal from an exit code', async () => {
    expect(await run('kill -USR1 $$')).toMatchObject({ kind: 'signaled', signal: 'SIGUSR1' })
  })

  it('says what is wrong when the command cannot be started', async () => {
    expect(await run('true', { cwd: join(directory, 'gone') })).toMatchObject({
      kind: 'not-started',
      message: expect.stringContaining('gone'),
    })
    expect(await run('true', { env: { PATH: directory } })).toMatchObject({ kind: 'not-started' })
  })

  it('does not mind a command that ignores its input', async () => {
    expect(await run('exec <&-; exit 0', { stdin: 'x'.repeat(1_000_000) })).toMatchObject({
      kind: 'exited',
      exitCode: 0,
    })
  })

  it('keeps head and tail of a gigabyte in bounded memory and digests all of it', async () => {
    let highest = 0
    const before = process.memoryUsage().rss
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss)
    }, 20)
    const outcome = await run("printf 'begin\\n'; head -c 1000000000 /dev/zero | tr '\\0' 'x'; printf '\\nend\\n'", {
      keepBytes: 10_000,
    })
    clearInterval(watch)
    expect(outcome.kind).toBe('exited')
    expect(outcome.output.startsWith('begin\nxxx')).toBe(true)
    expect(outcome.output.endsWith('xxx\nend\n')).toBe(true)
    expect(outcome.output.length).toBeLessThan(10_100)
    expect(outcome.elidedBytes).toBe(1_000_000_011 - 10_000)
    expect(highest - before).toBeLessThan(200 * 1024 * 1024)
  })

  it.each([0, 1, 99, 100, 101, 4_000, 8_291, 8_292, 8_293, 20_000, 70_001])(
    'loses no byte it does not count: %i bytes of output',
    async (size) => {
      const text = Array.from({ length: size }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26))).join('')
      const outcome = await run('cat', { stdin: text, keepBytes: 100 })
      const expected = size <= 100 ? text : `${text.slice(0, 50)}\n[… ${size - 100} bytes elided …]\n${text.slice(-50)}`
      expect(outcome.output).toBe(expected)
    },
  )

  it('survives output that is no UTF-8', async () => {
    const outcome = await run("printf '\\xff\\xfe ok \\xc3'; head -c 100000 /dev/urandom", { keepBytes: 2000 })
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 })
    expect(outcome.output).toContain('\uFFFD\uFFFD ok ')
  })

  it('redacts secrets, also where the output is cut', async () => {
    const secret = 'correct-horse-battery-staple'
    const outcome = await run(`for i in $(seq 2000); do printf 'abcdefg${secret}'; done`, {
      keepBytes: 1001,
      secrets: [secret],
    })
    expect(outcome.output).toContain('[redacted]')
    const leftover = outcome.output.replaceAll('[redacted]', '').replace(/\[… \d+ bytes elided …\]/, '')
    expect(leftover).not.toMatch(/correct|horse|battery|staple/)
  })

  it('leaves no piece of a long secret where the output is cut, though redacting shortens it', async () => {
    const secret = `${'0123456789'.repeat(40)}`
    const outcome = await run(`for i in $(seq 500); do printf 'abcdefg%s' "${secret}"; done`, {
      keepBytes: 20_000,
      secrets: [secret],
    })
    expect(outcome.output.replace(/\[… \d+ bytes elided …\]/, '')).not.toMatch(/\d/)
    expect(outcome.output).toContain('abcdefg[redacted]')
  })

  it('shows output while it is printed, whole lines, redacted', async () => {
    const seen: string[] = []
    const secret = 'swordfish-1234'
    await run(`printf 'a sword'; sleep 0.05; printf 'fish-1234 b\\nnext'; sleep 0.05; echo ' line'`, {
      secrets: [secret],
      onOutput: (text) => seen.push(text),
    })
    expect(seen.join('')).toBe('a [redacted] b\nnext line\n')
  })

  it('ends by its time limit and takes the whole tree with it', async () => {
    const sleeper = sleepOfOurOwn()
    const outcome = await run(`trap '' TERM; ${sleeper} & ${sleeper}; ${sleeper}`, { timeoutMs: 300 })
    expect(outcome).toMatchObject({ kind: 'timed-out', timeoutMs: 300 })
    expect(outcome.durationMs).toBeLessThan(3000)
    expect(processesWith(sleeper)).toEqual([])
  })

  it('is aborted in the middle of a command, with its output so far and nothing left alive', async () => {
    const sleeper = sleepOfOurOwn()
    const controller = new AbortController()
    const outcome = await run(`echo started; setsid ${sleeper} & ${sleeper}`, {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    })
    expect(outcome).toMatchObject({ kind: 'aborted', output: 'started\n' })
    expect(processesWith(sleeper)).toEqual([])
  })

  it('takes one signal for many commands at once without a warning, and lets go of it', async () => {
    const warnings: string[] = []
    const listen = (warning: Error) => warnings.push(warning.message)
    process.on('warning', listen)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 20 }, () => run('true', { signal })))
    process.off('warning', listen)
    expect(warnings).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('does not start what was aborted before', async () => {
    const outcome = await run('echo no', { signal: AbortSignal.abort() })
    expect(outcome).toMatchObject({ kind: 'aborted', output: '' })
  })

  it.runIf(onLinux)(
    "ends a daemon of another environment while it works in the folder that is the command's own",
    async () => {
      const daemon = sleepOfOurOwn()
      const command = `env -i PATH="$PATH" setsid sh -c '${daemon}; true' >/dev/null 2>&1 & sleep 0.2`
      await run(command, { ownFolder: directory })
      expect(processesWith(daemon)).toEqual([])
      // One that was there before is not the command's.
      await run(command)
      await run('true', { ownFolder: directory })
      expect(processesWith(daemon)).not.toEqual([])
      for (const pid of processesWith(daemon)) process.kill(pid, 'SIGKILL')
    },
  )

  it('does not hang behind a setsid grandchild that holds the output', async () => {
    const sleeper = sleepOfOurOwn()
    const outcome = await run(`setsid ${sleeper} & echo done`)
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0, output: 'done\n' })
    expect(outcome.durationMs).toBeLessThan(2000)
    expect(processesWith(sleeper)).toEqual([])
  })

  it('leaves no daemon behind after a normal exit', async () => {
    const [first, second, third] = [sleepOfOurOwn(), sleepOfOurOwn(), sleepOfOurOwn()]
    await run(
      `nohup ${first} >/dev/null 2>&1 & (setsid ${second} >/dev/null 2>&1 &) ; setsid bash -c "trap '' TERM HUP; ${third}; true" >/dev/null 2>&1 & sleep 0.05`,
    )
    expect(processesWith(first)).toEqual([])
    if (onLinux) expect([...processesWith(second), ...processesWith(third)]).toEqual([])
  })

  it('is guarded by a watchdog that waits for the next command, and does not leak its pipe into one', async () => {
    const list = 'ls /proc/$$/fd 2>/dev/null'
    const plain = spawnSync('bash', ['-c', list], { encoding: 'utf8' })
    const outcome = await run(list)
    expect(outcome.output).toBe(plain.stdout)
    const { output: mark } = await run('printf "$NX_CONDUCT_COMMAND"')
    expect(mark).toMatch(/^[0-9a-f-]{36}$/)
    expect(processesWith(mark)).toEqual([])
    if (!onLinux) return
    const { output: before } = await run(watchdogs)
    const { output: after } = await run(watchdogs)
    expect(before).toMatch(/^\d+\n/)
    expect(after).toBe(before)
  })

  it.runIf(onLinux)('is known to what runs in it, also without the mark in its environment', async () => {
    const script = `console.log((await import(process.argv[1])).isInsideCommand(process.env))`
    const line = (env: string) => `env ${env} node --input-type=module -e '${script}' ${compiledIndex()}; true`
    expect((await run(line(''))).output).toBe('true\n')
    expect((await run(line('-u NX_CONDUCT_COMMAND'))).output).toBe('true\n')
    const outside = spawnSync('bash', ['-c', line('')], { encoding: 'utf8' })
    expect(outside.stdout).toBe('false\n')
  })

  it('lets go of the event loop', async () => {
    const script = `      await agent.runCommand({ command: 'sleep 30 & true', cwd: '.', env: { PATH: process.env.PATH }, timeoutMs: 60000 })
      process.stdout.write('over')`
    const host = hostProcess(script, { cwd: directory })
    let printedAt = 0
    host.stdout.on('data', () => {
      printedAt = performance.now()
    })
    expect(await once(host, 'exit')).toEqual([0, null])
    expect(performance.now() - printedAt).toBeLessThan(1500)
  })

  it.runIf(onLinux)('dies with us when we and our process group are killed by SIGKILL', async () => {
    const [plain, daemon] = [sleepOfOurOwn(), sleepOfOurOwn()]
    const command = `setsid ${daemon} & echo up; ${plain}`
    const host = hostProcess(
      `const env = { PATH: process.env.PATH }
       await agent.runCommand({ command: 'true', cwd: '.', env, timeoutMs: 600000 })
       await agent.runCommand({ command: ${JSON.stringify(command)}, cwd: '.', env, timeoutMs: 600000,
         onOutput: (text) => process.stdout.write(text) })`,
      { cwd: directory },
    )
    await once(host.stdout, 'data')
    expect(processesWith(plain).length).toBeGreaterThan(0)
    expect(await until(() => processesWith(daemon).length > 0, 1000)).toBe(true)
    process.kill(-(host.pid ?? Number.NaN), 'SIGKILL')
    expect(await until(() => [...processesWith(plain), ...processesWith(daemon)].length === 0, 2000)).toBe(true)
  })

  it.each(['TERM', 'HUP', 'INT', 'KILL'])(
    'counts a command as stopped when SIG%s reaches it before the stop reaches us',
    async (signal) => {
      for (const command of [`kill -${signal} $$; sleep 9`, `bash -c 'kill -${signal} $$'; exit $?`]) {
        const stop = new AbortController()
        const ended = run(`echo up; ${command}`, {
          signal: stop.signal,
          onOutput: () => setTimeout(() => stop.abort(), 300),
        })
        expect((await ended).kind).toBe('aborted')
      }
    },
  )

  it.runIf(onLinux)('counts a command as stopped when its watchdog is ended before the stop reaches us', async () => {
    const stop = new AbortController()
    const sleeper = sleepOfOurOwn()
    const ended = run(`echo up; kill $(${watchdogs}); ${sleeper}`, {
      signal: stop.signal,
      onOutput: () => setTimeout(() => stop.abort(), 500),
    })
    expect((await ended).kind).toBe('aborted')
    expect(processesWith(sleeper)).toEqual([])
  })

  it('still tells who was killed where no stop comes, and keeps no listener', async () => {
    const { signal } = new AbortController()
    expect(await run('kill -KILL $$', { signal })).toMatchObject({ kind: 'signaled', signal: 'SIGKILL' })
    expect(await run('exit 143', { signal })).toMatchObject({ kind: 'exited', exitCode: 143 })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it.runIf(onLinux)('stops a command whose watchdog somebody killed: nothing runs unguarded', async () => {
    const sleeper = sleepOfOurOwn()
    const outcome = await run(`kill -9 $(${watchdogs}); ${sleeper}`)
    expect(outcome.kind).toBe('signaled')
    expect(processesWith(sleeper)).toEqual([])
    expect((await run('echo guarded')).kind).toBe('exited')
  })
})
