import { spawn } from 'node:child_process'

export interface GitAnswer {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface GitObject {
  readonly type: string
  readonly body: Buffer
}

/** A file of a tree: mode and blob by path. */
export type TreeFiles = ReadonlyMap<string, string>

/** Reads a repository with plain git, and with nothing that the conductor or the store use themselves. */
export class PlainGit {
  readonly #commonDir: string
  readonly #env: Readonly<Record<string, string>>

  constructor(commonDir: string, env: Readonly<Record<string, string | undefined>>) {
    this.#commonDir = commonDir
    const found = ['PATH', 'HOME'].flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    this.#env = { ...Object.fromEntries(found), LC_ALL: 'C', GIT_DIR: commonDir, GIT_NO_REPLACE_OBJECTS: '1' }
  }

  run(args: readonly string[], input = ''): Promise<GitAnswer> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', args, { cwd: this.#commonDir, env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] })
      const out: Buffer[] = []
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => {
        stderr = `${stderr}${chunk}`.slice(0, 4000)
      })
      // git may end without reading its input; its exit code says so.
      child.stdin.on('error', () => undefined)
      child.once('error', reject)
      child.once('close', (code) => resolve({ code: code ?? 1, stdout: Buffer.concat(out), stderr }))
      child.stdin.end(input)
    })
  }

  /** Output lines; none when git fails. */
  async lines(args: readonly string[]): Promise<readonly string[]> {
    const { code, stdout } = await this.run(args)
    return code === 0 ? stdout.toString('utf8').split('\n').filter(Boolean) : []
  }

  /** The objects that the names stand for, in their order. */
  async objects(names: readonly string[]): Promise<readonly (GitObject | undefined)[]> {
    if (names.length === 0) return []
    const { stdout } = await this.run(['cat-file', '--batch'], `${names.join('\n')}\n`)
    const found: (GitObject | undefined)[] = []
    for (let at = 0; at < stdout.length; ) {
      const lineEnd = stdout.indexOf(10, at)
      if (lineEnd < 0) break
      const header = /^[0-9a-f]+ ([a-z]+) (\d+)$/.exec(stdout.toString('utf8', at, lineEnd))
      at = lineEnd + 1
      if (header === null) {
        found.push(undefined)
        continue
      }
      const length = Number(header[2])
      found.push({ type: header[1] ?? '', body: stdout.subarray(at, at + length) })
      at += length + 1
    }
    return found
  }

  async text(name: string): Promise<string | undefined> {
    const [found] = await this.objects([name])
    return found?.type === 'blob' ? found.body.toString('utf8') : undefined
  }

  async files(tree: string): Promise<TreeFiles> {
    const { stdout } = await this.run(['ls-tree', '-r', '-z', '--full-tree', tree])
    const entries = stdout.toString('utf8').split('\0').filter(Boolean)
    return new Map(
      entries.map((entry) => {
        const tab = entry.indexOf('\t')
        return [entry.slice(tab + 1), entry.slice(0, tab)]
      }),
    )
  }

  /** Paths of the files below a folder of a tree. */
  async paths(tree: string, folder: string): Promise<readonly string[]> {
    const { stdout } = await this.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree, '--', `${folder}/`])
    return stdout.toString('utf8').split('\0').filter(Boolean)
  }

  /** The tree of a commit, ref or tree. */
  async treeOf(name: string): Promise<string | undefined> {
    return (await this.lines(['rev-parse', '--verify', '--quiet', `${name}^{tree}`]))[0]
  }

  async contains(descendant: string, ancestor: string): Promise<boolean> {
    return (await this.run(['merge-base', '--is-ancestor', ancestor, descendant])).code === 0
  }
}
