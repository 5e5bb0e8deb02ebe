import type { ExecutorContext } from '@nx/devkit'
import { afterEach, expect, it, vi } from 'vitest'
import approve from '../src/executors/approve.ts'
import handIn from '../src/executors/hand-in.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const context = {
  root: '/nowhere',
  projectsConfigurations: { projects: {} },
  nxJsonConfiguration: {},
} as unknown as ExecutorContext

it('only a person may hand in or approve: a command of an agent or a test is turned away before anything is opened', async () => {
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  vi.stubEnv('NX_CONDUCT_COMMAND', 'mark')
  expect(await approve({ spec: '.spec/SPEC.md', phase: '1' }, context)).toEqual({ success: false })
  expect(await handIn({ spec: '.spec/SPEC.md', phase: 1 }, context)).toEqual({ success: false })
  expect(said.match(/cannot speak for a person/g)).toHaveLength(2)
})
