import type { ExecutorContext } from '@nx/devkit'
import { afterEach, expect, it, vi } from 'vitest'
import { parseCall } from '../src/cli/call.ts'
import { mcpCommand } from '../src/cli/mcp.ts'
import approve from '../src/executors/approve.ts'
import handIn from '../src/executors/hand-in.ts'
import mcp from '../src/executors/mcp.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const context = {
  root: '/nowhere',
  projectsConfigurations: { projects: {} },
  nxJsonConfiguration: {},
} as unknown as ExecutorContext

/** What is printed to the terminal from here on. */
function listen(): () => string {
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  return () => said
}

it('only a person may hand in or approve: a command of an agent or a test is turned away before anything is opened', async () => {
  const said = listen()
  vi.stubEnv('NX_CONDUCT_COMMAND', 'mark')
  expect(await approve({ spec: '.spec/SPEC.md', phase: '1' }, context)).toEqual({ success: false })
  expect(await handIn({ spec: '.spec/SPEC.md', phase: 1 }, context)).toEqual({ success: false })
  expect(said().match(/cannot speak for a person/g)).toHaveLength(2)
})

it('a command of an agent or a test cannot drive the run: neither the target nor the program serves its tools', async () => {
  const said = listen()
  vi.stubEnv('NX_CONDUCT_COMMAND', 'mark')
  expect(await mcp({ spec: '.spec/SPEC.md' }, context)).toEqual({ success: false })
  let failed = ''
  const terminal = {
    stdout: process.stdout,
    stderr: { write: (text: string) => (failed += text) },
    env: process.env,
    cwd: () => '/nowhere',
  }
  for (const args of [['mcp'], ['mcp', '--http']]) {
    expect(await mcpCommand(parseCall(args).values, terminal, process)).toBe(1)
  }
  for (const each of [said(), failed]) expect(each).toContain('cannot drive the run')
})
