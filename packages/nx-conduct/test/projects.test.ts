import { compile } from '@nx-conduct/spec'
import { describe, expect, it } from 'vitest'
import { specProjects } from '../src/graph/projects.ts'
import { noProjects } from './no-projects.ts'

const plan = compile('## Phases\n\n### Phase 1: A\nModules: a, b\nTest Command: true\n\n### Phase 2.1: B\n')
const projects = Object.values(specProjects(plan, '.spec/SPEC.md', '.spec', noProjects))

describe('projects of a spec', () => {
  it('group all their targets, and no others', () => {
    for (const { targets = {}, metadata } of projects) {
      const grouped = Object.values(metadata?.targetGroups ?? {}).flat()
      expect(grouped.sort()).toEqual(Object.keys(targets).sort())
    }
  })

  it('name a command with its options for every target that takes some', () => {
    const helps = projects.flatMap(({ name, targets = {} }) =>
      Object.entries(targets).flatMap(([target, { metadata }]) =>
        metadata?.help ? [{ at: `${name}:${target}`, ...metadata.help }] : [],
      ),
    )
    for (const { at, command } of helps) expect(command).toBe(`npx nx run ${at} --help`)
    expect(Object.fromEntries(helps.map(({ at, example }) => [at, example.options ?? {}]))).toEqual({
      'spec:conduct': {},
      'spec:plan': {},
      'spec:status': { json: true },
      'spec:hand-in': { phase: '1', from: 'my-branch' },
      'spec:redo': { phase: '1' },
      'spec:rollback': { to: 'phase-1' },
      'spec:clean': { force: true },
      'spec:lint': { json: true },
    })
  })
})
