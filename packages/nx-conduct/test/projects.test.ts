import { readFileSync } from 'node:fs'
import { compile } from '@nx-conduct/spec'
import { describe, expect, it } from 'vitest'
import { specProjects } from '../src/graph/projects.ts'
import { noProjects } from './no-projects.ts'

const plan = compile(
  '## Phases\n\n### Phase 1: A\nApproval: required\nModules: a, b\nTest Command: true\n\n### Phase 2.1: B\n',
)
const projects = Object.values(specProjects(plan, '.spec/SPEC.md', '.spec', noProjects))

describe('projects of a spec', () => {
  it('group all their targets, and no others', () => {
    for (const { targets = {}, metadata } of projects) {
      const grouped = Object.values(metadata?.targetGroups ?? {}).flat()
      expect(grouped.sort()).toEqual(Object.keys(targets).sort())
    }
  })

  it('point at the help of every target, with its options where it takes some', () => {
    const all = projects.flatMap(({ name, targets = {} }) =>
      Object.entries(targets).map(([target, { metadata }]) => ({ at: `${name}:${target}`, help: metadata?.help })),
    )
    for (const { at, help } of all) expect(help?.command).toBe(`npx nx run ${at} --help`)
    const withOptions = all.flatMap(({ at, help }) => (help?.example.options ? [[at, help.example.options]] : []))
    expect(Object.fromEntries(withOptions)).toEqual({
      'spec:status': { json: true },
      'spec:hand-in': { phase: '1', from: 'my-branch' },
      'spec:mcp': { port: 8123 },
      'spec:redo': { phase: '1' },
      'spec:rollback': { to: 'phase-1' },
      'spec:clean': { force: true },
      'spec:lint': { json: true },
      'spec-phase-1:approve': { reject: 'why' },
    })
  })
})

describe('what --help prints', () => {
  const read = (file: string) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
  const entries: { schema: string }[] = [
    ...Object.values<{ schema: string }>(read('executors.json').executors),
    ...Object.values<{ schema: string }>(read('generators.json').generators),
  ]

  it('says what it does, with examples and every option', () => {
    for (const { schema } of entries) {
      const { title, description, examples, properties, additionalProperties } = read(schema)
      // A step refuses options itself: Nx would end the process of all steps with a stack trace.
      const allowsMore = schema.endsWith('/step.json')
      expect([typeof title, typeof description, additionalProperties], schema).toEqual(['string', 'string', allowsMore])
      expect(examples.length, schema).toBeGreaterThan(0)
      for (const { command, description } of examples) {
        expect(command, schema).toMatch(/^nx/)
        expect(description, command).toMatch(/./)
      }
      for (const [name, { description }] of Object.entries<{ description?: string }>(properties))
        expect(description, `${schema} ${name}`).toMatch(/./)
    }
  })

  it('leaves out what the graph sets', () => {
    const shown = (schema: string) =>
      Object.entries<{ hidden?: boolean }>(read(schema).properties).flatMap(([name, { hidden }]) =>
        hidden ? [] : [name],
      )
    expect(shown('schemas/step.json')).toEqual([])
    expect(shown('schemas/status.json')).toEqual(['json'])
    expect(shown('schemas/hand-in.json')).toEqual(['phase', 'from'])
  })
})
