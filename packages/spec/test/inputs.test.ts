import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const phaseWith = (lines: string, before = '') => {
  const plan = compile(`${before}## Phases\n\n### Phase 1: A\n- x\n\nTest Command: \`true\`\n\n${lines}\n`)
  const [phase] = plan.phases
  if (phase === undefined) throw new Error('the spec has a phase')
  return { phase, found: plan.diagnostics.filter(({ severity }) => severity !== 'info') }
}

describe('Inputs:', () => {
  test.each([
    ['behind the colon', 'Inputs: packages/api/**, fixtures/a.json'],
    ['in bold, in backticks', '**Inputs:** `packages/api/**`, `fixtures/a.json`'],
    ['a list', 'Inputs:\n- packages/api/**\n- fixtures/a.json'],
    ['by its long name', 'Test Inputs: packages/api/**, fixtures/a.json'],
  ])('names what the phase’s test reads: %s', (_, lines) => {
    const { phase, found } = phaseWith(lines)
    expect(phase.inputs).toEqual(['packages/api/**', 'fixtures/a.json'])
    expect(phase.description).toBe('')
    expect(found).toEqual([])
  })

  test('may be in the front matter', () => {
    const { phase } = phaseWith('', '---\nphases: { 1: { inputs: [packages/api/**] } }\n---\n')
    expect(phase.inputs).toEqual(['packages/api/**'])
  })

  test.each(['Inputs: rows of CSV, one per order', 'Inputs:\n- the user’s name\n- a date', 'Inputs: stdin'])(
    'is an ordinary word of the text where it names no paths: %s',
    (lines) => {
      const { phase } = phaseWith(lines)
      expect(phase.inputs).toEqual([])
      expect(phase.description).toContain('Inputs:')
    },
  )

  test('changes nothing of what the phase means', () => {
    expect(phaseWith('Inputs: a/**').phase.digest).toBe(phaseWith('').phase.digest)
  })

  test('that lead out of the workspace are reported', () => {
    const { phase, found } = phaseWith('Inputs: ../secrets/**')
    expect(phase.inputs).toEqual([])
    expect(found.map(({ code }) => code)).toEqual(['not-a-path'])
  })
})

test.each(['Inputs', 'Files'])(
  'globs of several lines are no bold text, and the labels between them count: %s',
  (label) => {
    const plan = compile(
      `## Phases\n\n### Phase 1: A\n- x\n\nModules: x (a/**)\nTest Command: node --test a\n  ${label}: a/**, b/**\n`,
    )
    const [phase] = plan.phases
    expect(phase?.modules.map(({ paths }) => paths)).toEqual([['a/**']])
    expect(phase?.testCommands.map(({ command }) => command)).toEqual(['node --test a'])
    expect(label === 'Inputs' ? phase?.inputs : phase?.files).toEqual(['a/**', 'b/**'])
    expect(plan.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
  },
)
