import { describe, expect, test } from 'vitest'
import { compile, sliceOf } from '../src/index.ts'

const phaseWith = (lines: string) => {
  const plan = compile(`## Phases\n\n### Phase 1: A\n- x\n\n${lines}\n`)
  const [phase] = plan.phases
  if (phase === undefined) throw new Error('the spec has a phase')
  return { phase, found: plan.diagnostics.filter(({ code }) => code === 'invalid-generated') }
}

describe('Generated:', () => {
  test.each([
    ['behind the colon', 'Generated: `proto/gen/**` by `buf generate`'],
    ['a path without backticks', '**Generated Code:** proto/gen/** by `buf generate`'],
    ['a list', 'Generated Files:\n- `proto/gen/**` with `buf generate`'],
    ['a list in bold', '- **Generated Stubs:** proto/gen/** from `buf generate`.'],
    ['its source beside it', 'Generated: `proto/gen/**` from `proto/a.proto` by `buf generate`'],
    ['a fence', 'Generated:\n```\nproto/gen/** by `buf generate`\n```'],
    ['over lines', 'Generated: `proto/gen/**`\nby `buf generate`'],
  ])('names globs and the command that makes them: %s', (_, lines) => {
    const { phase, found } = phaseWith(lines)
    expect(phase.generated).toEqual([{ globs: ['proto/gen/**'], command: 'buf generate' }])
    expect(found).toEqual([])
  })

  test('may name several of each', () => {
    const { phase, found } = phaseWith(
      'Generated: `a/*.ts`, `b.ts` and c/d.go by `make a && make b`; e.py by `python3 gen.py > e.py`',
    )
    expect(phase.generated).toEqual([
      { globs: ['a/*.ts', 'b.ts', 'c/d.go'], command: 'make a && make b' },
      { globs: ['e.py'], command: 'python3 gen.py > e.py' },
    ])
    expect(found).toEqual([])
  })

  test('may be in the front matter', () => {
    const spec = '---\nphases: { 1: { generated: ["`gen/**` by `make`"] } }\n---\n## Phases\n### Phase 1: A\n- x\n'
    expect(compile(spec).phases[0]?.generated).toEqual([{ globs: ['gen/**'], command: 'make' }])
  })

  test.each([
    ['no command', 'Generated: `proto/gen/**`', /no command is named that makes proto\/gen\/\*\*/],
    ['a command without backticks', 'Generated: proto/gen/** by buf generate', /no command is named/],
    ['no path', 'Generated: by `buf generate`', /no path is named that `buf generate` makes/],
    ['neither', 'Generated: 2026-01-01', /no path and no command are named/],
    ['a path out of the workspace', 'Generated: ../gen/** by `make`', /it leads out of the workspace/],
    ['a command that is struck out', 'Generated: `gen/**` by ~~`make`~~', /struck out/],
    ['a command with something invisible in it', 'Generated: `gen/**` by `ma\u200bke`', /invisible character/],
    ['a command that nothing says is one', 'Generated: `gen/**`, `buf generate`', /neither a path nor behind "by"/],
  ])('%s is reported at its line, and nothing is run', (_, lines, message) => {
    const { phase, found } = phaseWith(lines)
    expect(phase.generated).toEqual([])
    expect(found[0]?.message).toMatch(message)
    expect(found[0]?.range.start.line).toBe(6)
    expect(found[0]?.hint).toBeTruthy()
  })

  test('is part of what a phase means, and absent from the slice of a phase without it', () => {
    const without = phaseWith('').phase
    expect(sliceOf(without)).not.toHaveProperty('generated')
    // Of a version that did not know the field.
    expect(without.digest).toBe('d2bb917b25d56399eff085e18c3f5f71061dea00f56b2e4c04cab4623f625844')
    expect(phaseWith('Generated: `a.js` by `make`').phase.digest).not.toBe(without.digest)
    expect(phaseWith('Generated: None').phase.digest).toBe(without.digest)
    const made = phaseWith('Generated: `a.ts` by `make`').phase
    expect(sliceOf(made).generated).toEqual([{ globs: ['a.ts'], command: 'make' }])
    expect(phaseWith('Generated: `a.ts` by `make all`').phase.digest).not.toBe(made.digest)
  })
})
