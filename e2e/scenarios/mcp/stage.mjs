/** A workspace whose run is driven through the tools, and clients of its server. */
import { spawn } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { emptyFolder, personEnvironment, startRepository, typeIn } from '../../rig/packed.mjs'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const program = join(repository, 'packages/nx-conduct/bin/nx-conduct.js')

const nxFiles = {
  'package.json': { name: 'numbers', private: true, type: 'module' },
  'nx.json': { plugins: ['nx-conduct'], sync: { globalGenerators: ['nx-conduct:sync'] }, analytics: false },
}

/** A workspace with these files (or those of an example), and this repository's packages. */
export function makeStage(name, { example, files = {} }) {
  const { folder, remove } = emptyFolder(`mcp-${name}`)
  const root = join(folder, 'workspace')
  const env = personEnvironment({ NX_CONDUCT_HOME: join(folder, 'home') })
  const place = typeIn(root, env)
  if (example === undefined) place.write({ ...nxFiles, ...files })
  else cpSync(join(repository, 'examples', example), root, { recursive: true })
  place.write({ '.gitignore': '.conduct\n.nx\nnode_modules\n', ...files })
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  startRepository(place)
  place.commit('Begin')
  return { ...place, folder, env, program, remove }
}

export const textOf = (answer) => answer.content.map(({ text }) => text ?? '').join('\n')

/** Calls a tool; throws where the answer is an error. The client checks the answer by the tool's schema. */
export async function call(client, name, args, options = {}) {
  const answer = await client.callTool({ name, arguments: args }, undefined, { timeout: 600_000, ...options })
  if (answer.isError) throw new Error(`${name}: ${textOf(answer)}`)
  return answer.structuredContent
}

/** What a call is refused with. */
export async function refused(client, name, args) {
  const answer = await client.callTool({ name, arguments: args }, undefined, { timeout: 600_000 })
  if (!answer.isError) throw new Error(`${name} was not refused: ${textOf(answer)}`)
  return textOf(answer)
}

/** A client that starts the program and speaks with it on its streams, as editors and agents do. */
export async function stdioClient(stage) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [stage.program, 'mcp'],
    cwd: stage.root,
    env: stage.env,
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const client = new Client({ name: 'e2e', version: '0.0.0' })
  await client.connect(transport)
  await client.listTools()
  return { client, pid: transport.pid, said: () => said, close: () => client.close() }
}

/** A server over HTTP: its address, its token, and clients of it. */
export async function httpServer(stage, more = []) {
  const child = spawn(process.execPath, [stage.program, 'mcp', '--http', ...more], {
    cwd: stage.root,
    env: stage.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let said = ''
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)))
    child.stderr.on('data', (chunk) => {
      said += chunk
      if (/token\s+\S+\n/.test(said)) resolve()
    })
  })
  const url = /http:\/\/\S+/.exec(said)[0]
  const token = /token\s+(\S+)/.exec(said)[1]
  return {
    url,
    token,
    said: () => said,
    printed: () => printed,
    async client() {
      const transport = new StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers: { Authorization: `Bearer ${token}` } },
      })
      const client = new Client({ name: 'e2e', version: '0.0.0' })
      await client.connect(transport)
      await client.listTools()
      return { client, transport, close: () => client.close() }
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Small phases whose gates take no time. */
export const smallSpec = `---
name: spec
review: off
lint: none
---
# Numbers

## Implementation Phases

### Phase 1: Base
- Write down the number one
Modules: one (one/**), other (other/**)
Test Command: grep -q 1 one/number.txt && test -f other/number.txt

### Phase 2: Sums
- Add numbers
Modules: sums (sums/**)
Test Command: grep -q 3 sums/sum.txt
`
