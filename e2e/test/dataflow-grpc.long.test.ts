import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grpcReadiness } from '../../tools/examples.mjs'
import { agentsIn, type Finished, makeWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

const example = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'examples', 'dataflow-grpc')
const timeoutMs = 20 * 60_000

/** The committed files of the example, by path. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const texts = await Promise.all(
    paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')]),
  )
  return Object.fromEntries(texts)
}

const readiness = grpcReadiness()
const why =
  readiness.kind === 'missing' ? ` (skipped: missing ${readiness.needs.map(({ name }) => name).join(', ')})` : ''

describe.skipIf(readiness.kind === 'missing')(`the example in Go, Python and React${why}`, () => {
  const env = readiness.kind === 'ready' ? readiness.env : {}
  let workspace: Workspace
  let run: Finished

  beforeAll(async () => {
    const { '.spec/SPEC.md': spec = '', '.spec/score.yaml': score = '', ...files } = await filesOf(example)
    workspace = await makeWorkspace({ spec, score, files })
    run = await workspace.nx(['run', 'spec:conduct', '--outputStyle=stream'], env)
  }, timeoutMs)
  afterAll(() => workspace.remove())

  test('is built by its rehearsed agents, with one commit per phase', async () => {
    expect(run.exitCode, run.output).toBe(0)
    expect(agentsIn(run.output)).toHaveLength(9)
    const commits = await workspace.git(
      'log',
      '--format=%(trailers:key=Conduct-Phase,valueonly,separator=%x2C)',
      'main',
    )
    expect(commits.split('\n').filter(Boolean).sort()).toEqual(['1', '2', '3', '4', '5'])
  })

  test('the Go test that fails first is fixed by an agent, and nothing else needs one', () => {
    expect(run.output).toContain('✗ test go test ./engine/... ./server/...')
    expect(run.output.match(/▸ fix-executor/g)).toHaveLength(1)
    expect(run.output).toMatch(/phase 2 \S+\s+▸ fix-executor round 1/)
  })

  test('the three phases that depend on the contract alone are built side by side', () => {
    const at = (text: string): number => run.output.search(new RegExp(text))
    const started = ['2 implement engine', '3 implement client', '4 implement view'].map((each) => at(`phase ${each}`))
    for (const position of started) expect(position).toBeGreaterThan(0)
    for (const phase of [2, 3, 4]) expect(Math.max(...started)).toBeLessThan(at(`phase ${phase} validate`))
  })

  test('every server was started and answered; what no machine can check is named', () => {
    expect(run.output).toContain('✓ criterion port 50051 answers after `go run ./server`')
    expect(run.output).toContain('✓ criterion port 8051/health answers after `"${PYTHON:-python3}" -m backend`')
    expect(run.output).toContain('✓ criterion port 8052/health answers after `node web/server.mjs`')
    expect(run.output).toContain('✓ criterion port 8052/api/totals answers after `node start.mjs`')
    expect(run.output).toContain('phase 4: The page is pleasant to read in light and in dark')
  })

  test(
    'all its tests pass in a fresh clone',
    async () => {
      const clone = join(dirname(workspace.root), 'clone')
      await workspace.git('clone', '--quiet', workspace.root, clone)
      const commands = [
        'sh scripts/setup.sh',
        'go test ./...',
        '"$PYTHON" -m pytest -q',
        'node --test web/test/*.test.mjs',
      ]
      for (const command of commands) {
        const { exitCode, all } = await execa(command, { cwd: clone, env, shell: true, reject: false, all: true })
        expect(exitCode, `${command}\n${all}`).toBe(0)
      }
    },
    timeoutMs,
  )

  test('no server is left running', async () => {
    expect(await processesIn(dirname(workspace.root))).toEqual([])
  })
})
