import { spawn } from 'node:child_process'

interface Answer {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** git for the checkers of histories alone: it shares nothing with the layer whose mistakes they have to find. */
export class PlainGit {
  readonly #env: Record<string, string>
  readonly #commonDir: string

  constructor(commonDir: string, env: Readonly<Record<string, string | undefined>>) {
    this.#commonDir = commonDir
    this.#env = { LC_ALL: 'C', GIT_DIR: commonDir, GIT_NO_REPLACE_OBJECTS: '1' }
    for (const name of ['PATH', 'HOME']) {
      const value = env[name]
      if (value !== undefined) this.#env[name] = value
    }
  }

  run(args: readonly string[], input = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', args, { cwd: this.#commonDir, env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] })
      const out: Buffer[] = []
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => {
        stderr = `${stderr}${chunk}`.slice(0, 4000)
      })
      child.stdin.on('error', () => undefined)
      child.once('error', reject)
      child.once('close', (code) => resolve({ code: code ?? 1, stdout: Buffer.concat(out), stderr }))
      child.stdin.end(input)
    })
  }

  /** The objects that the names refer to, in the same order. */
  async objects(names: readonly string[]): Promise<({ type: string; body: Buffer } | undefined)[]> {
    if (names.length === 0) return []
    const { stdout } = await this.run(['cat-file', '--batch'], `${names.join('\n')}\n`)
    const found: ({ type: string; body: Buffer } | undefined)[] = []
    let at = 0
    while (at < stdout.length) {
      const lineEnd = stdout.indexOf(10, at)
      if (lineEnd < 0) break
      const header = stdout.toString('utf8', at, lineEnd)
      const size = /^[0-9a-f]+ ([a-z]+) (\d+)$/.exec(header)
      at = lineEnd + 1
      if (!size) {
        found.push(undefined)
        continue
      }
      const length = Number(size[2])
      found.push({ type: size[1] ?? '', body: stdout.subarray(at, at + length) })
      at += length + 1
    }
    return found
  }
}
