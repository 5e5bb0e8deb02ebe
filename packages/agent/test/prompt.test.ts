import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Assignment, buildPrompt, promptVersion, roles } from '../src/index.ts'
import { readHeader, writeHeader } from '../src/prompt/header.ts'
import { assignment } from './session-rig.ts'

const full: Assignment = {
  ...assignment,
  reports: [{ of: 'proto', text: 'Ports are fixed at 4100.' }],
  failure: {
    gate: 'test',
    rule: 'npm `test`',
    output: 'not ok 1\n``` in output',
    round: 2,
    rounds: 3,
    patch: '+added line\n',
    earlier: [{ round: 1, said: 'Looked at it.', outcome: 'Nothing came of it.' }],
  },
  conflict: {
    files: [
      { path: 'index.mjs', hasMarkers: true, versions: [] },
      { path: 'logo.png', hasMarkers: false, versions: [{ of: 'web', has: 'a binary file' }] },
    ],
    between: ['api', 'web'],
    messages: 'CONFLICT (content)',
    refused: ['index.mjs: lines of api are missing'],
  },
}

describe('buildPrompt', () => {
  it('tells everything the assignment holds', () => {
    const { user } = buildPrompt(full)
    for (const text of [
      'A small program.',
      'Write a.',
      'node --test',
      'a exists',
      'Mind the gap.',
      'a.mjs',
      'src/**',
      'docs/**',
    ])
      expect(user).toContain(text)
    for (const text of [
      'Ports are fixed at 4100.',
      'round 2 of 3',
      'npm `test`',
      'not ok 1',
      'index.mjs',
      'api, web',
      'CONFLICT',
      '+added line',
      '- `logo.png`\n  - web: a binary file',
      'lines of api are missing',
    ])
      expect(user).toContain(text)
  })

  it('tells a judge the change, the criteria by number, and why an earlier verdict was of no use', () => {
    const review = {
      scope: 'whole' as const,
      base: 'abc123',
      changed: ['a.mjs', 'b.mjs (deleted)'],
      patch: '+one\n-two\n',
      criteria: ['phase 1: it is fast', 'phase 2: it is small'],
      earlier: 'It names none.',
    }
    const { user } = buildPrompt({ ...assignment, role: 'code-reviewer', review })
    for (const text of ['git diff abc123', '- `b.mjs (deleted)`', '+one', '2. phase 2: it is small', 'It names none.'])
      expect(user).toContain(text)
    expect(user).toContain('# Everything: Contracts')
    expect(user).toMatch(/End with your verdict\.\n$/)
  })

  it('leaves out the headings of what there is nothing to say about', () => {
    const { user } = buildPrompt({ ...assignment, context: [], reports: [] })
    expect(user).not.toMatch(/# Context|What others reported|What failed|The conflict/)
    expect(user).not.toMatch(/undefined|\n\n\n/)
  })

  it('does not let output that holds a fence end its own', () => {
    const { user } = buildPrompt(full)
    expect(user).toContain('````\nnot ok 1\n``` in output\n````')
  })

  it.each(roles)('says in every role that nobody commits and what is off limits: %s', (role) => {
    const { system } = buildPrompt({ ...assignment, role })
    expect(system).toContain(`You are a${role.startsWith('i') ? 'n' : ''} ${role}`)
    expect(system).toMatch(/Do not commit/)
    expect(system).toMatch(/\.git/)
    expect(system).toMatch(/\.spec/)
    expect(system.length).toBeLessThan(4000)
  })

  it('has a version that is fixed by the wording', () => {
    expect(promptVersion).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('the header line', () => {
  it('comes back as it was written, whatever the names are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.nat(), (phase, module, round) => {
        const header = writeHeader({
          ...full,
          phase: { ...full.phase, id: phase },
          module: { name: module, paths: [], foreignPaths: [] },
          failure: { gate: 'test', rule: '', output: '', round, rounds: 9, patch: '', earlier: [] },
        })
        expect(header).not.toContain('\n')
        expect(readHeader(`${header}\nrest`)).toEqual({
          role: 'implementation-executor',
          spec: 'spec',
          phase,
          module,
          round: String(round),
        })
      }),
    )
  })

  it('is found in the first line only', () => {
    expect(readHeader('hello\n<assignment role="a" spec="b" phase="c"/>')).toBeUndefined()
    expect(readHeader('<assignment role="a" spec="b"/>')).toBeUndefined()
  })
})
