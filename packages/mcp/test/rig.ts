import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { createServer, type Host, type Shared, shared } from '../src/index.ts'

const run = promisify(execFile)

export const twoPhases = `---
name: spec
review: off
lint: none
---
# Numbers

## Overview
A few numbers.

## Implementation Phases

### Phase 1: Base
- Write down the number one
Modules: one (one/**), other (other/**)
Test Command: grep -q 1 one/number.txt && test -f other/number.txt

### Phase 2: Sums
- Add numbers
Test Command: grep -q 3 sum.txt
Success Criteria:
- \`sum.txt\` exists
`

/** A repository with a spec, and clients of a server in it. */
export class Scene {
  readonly ground: string
  readonly root: string
  readonly #host: Host
  readonly #shared: Shared
  readonly #clients: Client[] = []

  private constructor(ground: string) {
    this.ground = ground
    this.root = join(ground, 'workspace')
    this.#host = {
      root: this.root,
      env: {
        PATH: process.env['PATH'],
        HOME: ground,
        NX_CONDUCT_HOME: join(ground, 'home'),
        SECRET_TOKEN: 'hush-hush-123',
      },
      clock: { now: () => new Date(), monotonicMs: () => performance.now() },
      signal: new AbortController().signal,
      version: '0.0.0',
      projectRoots: async () => ({}),
      waits: { leaseMs: 3_000, pollMs: 50 },
    }
    this.#shared = shared(this.#host)
  }

  static async with(spec = twoPhases, files: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const ground = await realpath(await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mcp-')))
    const scene = new Scene(ground)
    await mkdir(scene.root)
    await scene.git('init', '--quiet', '--initial-branch=main', '--template=')
    await scene.git('config', 'user.name', 'Person')
    await scene.git('config', 'user.email', 'person@example.com')
    await scene.write({ '.spec/SPEC.md': spec, '.gitignore': '.conduct\n', ...files })
    await scene.git('add', '--all')
    await scene.git('commit', '--quiet', '--message', 'Begin')
    return scene
  }

  get host(): Host {
    return this.#host
  }

  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', ['-C', this.root, ...args])
    return stdout.trimEnd()
  }

  /** Writes files, into the workspace or another folder. */
  async write(files: Readonly<Record<string, string>>, into = this.root): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(into, path)), { recursive: true })
      await writeFile(join(into, path), text)
    }
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8')
  }

  /** Another client, in a session of its own. */
  async client(): Promise<Client> {
    const [ours, theirs] = InMemoryTransport.createLinkedPair()
    await createServer(this.#shared).connect(theirs)
    const client = new Client({ name: 'test', version: '0.0.0' })
    await client.connect(ours)
    this.#clients.push(client)
    return client
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) await client.close()
    await rm(this.ground, { recursive: true, force: true })
  }
}

/** Calls a tool; its schema is checked by the client. Throws where the answer is an error. */
export async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Answer> {
  const answer = (await client.callTool({ name, arguments: args })) as CallToolResult
  if (answer.isError) throw new Error(textOf(answer))
  return answer.structuredContent as Answer
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
export type Answer = any

/** What a call is refused with. */
export async function refused(client: Client, name: string, args: Record<string, unknown>): Promise<string> {
  const answer = (await client.callTool({ name, arguments: args })) as CallToolResult
  if (!answer.isError) throw new Error(`not refused: ${JSON.stringify(answer.structuredContent)}`)
  return textOf(answer)
}

function textOf({ content }: CallToolResult): string {
  return content.map((each) => (each.type === 'text' ? each.text : '')).join('\n')
}
