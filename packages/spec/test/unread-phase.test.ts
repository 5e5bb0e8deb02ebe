import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const among = (...headings: readonly string[]) =>
  compile(
    ['## Implementation Phases', '### Phase 1: Parser\n\n- Parse', ...headings.map((one) => `${one}\n\n- Do`)].join(
      '\n\n',
    ),
  )

const found = (plan: ReturnType<typeof compile>) => ({
  phases: plan.phases.map(({ id, title }) => `${id} ${title}`),
  codes: plan.diagnostics
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, range }) => `${range.start.line} ${code}`),
})

describe('a heading whose meaning is plain is a phase', () => {
  test.each([
    ['### Phase 2 Printer', '2 Printer'],
    ['### Phase two: Printer', '2 Printer'],
    ['### Phase Twelve — Printer', '12 Printer'],
    ['### Phase ２: Printer', '2 Printer'],
    ['### Phase １２： Printer', '12 Printer'],
  ])('%s', (heading, phase) => {
    expect(found(among(heading))).toEqual({ phases: ['1 Parser', phase], codes: [] })
  })

  test('also where all of them have no colon, and where no section holds them', () => {
    expect(
      found(compile('## Implementation Plan\n\n### Phase 1 Parser\n\n- a\n\n### Phase 2 Printer\n\n- b\n')).phases,
    ).toEqual(['1 Parser', '2 Printer'])
    expect(found(compile('# X\n\n## Phase 1: Parser\n\n- a\n\n## Phase 2 Printer\n\n- b\n')).phases).toEqual([
      '1 Parser',
      '2 Printer',
    ])
  })

  test('and dependencies name it as it is written', () => {
    const plan = compile(
      '## Phases\n\n### Phase one: A\n\n### Phase 2: B\n\n### Phase 3: C\nDepends On: Phase One\n\n### Phase 4: D\nDepends On: Phase ２\n',
    )
    expect(plan.phases.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['1', []],
      ['2', ['1']],
      ['3', ['1']],
      ['4', ['2']],
    ])
  })

  test('parts of a phase stay parts', () => {
    const plan = compile(
      '## Phases\n\n### Phase 1: A\n\n#### Phase 1 Deliverables\n\n- x\n\n### Phase 1 Summary\n\nDone.\n\n### Phase 2: B\n\n- y\n',
    )
    expect(found(plan)).toEqual({ phases: ['1 A', '2 B'], codes: [] })
  })
})

describe('a heading that looks like a phase and is not read is named at its line', () => {
  test.each([
    ['### Phaze 2: Printer', 'misspelt-phase'],
    ['###Phase 2: Printer', 'misspelt-phase'],
    ['### Step 2: Printer', 'unread-phase'],
    ['### Фаза 2: Printer', 'unread-phase'],
    ['### Sprint 2: Printer', 'unread-phase'],
    ['### Phase 2 Summary', 'unread-phase'],
    ['### ~~Phase 2: Printer~~', 'unread-phase'],
    ['### ![Phase 2: Printer](p.svg)', 'unread-phase'],
    ['Phase 2: Printer', 'unread-phase'],
    ['**Phase 2: Printer**', 'unread-phase'],
  ])('%s', (heading, code) => {
    const plan = among(heading, '### Phase 3: Docs')
    expect(found(plan)).toEqual({ phases: ['1 Parser', '3 Docs'], codes: [`7 ${code}`] })
    const [finding] = plan.diagnostics.filter((one) => one.code === code)
    expect(finding?.message).toMatch(/looks like a phase and is not read, because /)
    expect(finding?.hint).toBeTruthy()
  })

  describe('a line that lost its marker, although another section declares the phase', () => {
    const summary = '## Summary\n\n### Phase 1: A\n\n### Phase 2: B\n\n### Phase 3: C\n\n'
    const plan = (first: string, second: string, third: string) =>
      compile(`# X\n\n${summary}## Notes\n\n${first}\n\n${second}\n\n${third}\n`)
    const lines = ({ diagnostics }: ReturnType<typeof compile>) =>
      diagnostics.filter(({ code }) => code === 'unread-phase').map(({ range }) => range.start.line)

    test.each([
      ['before the heading of the next phase', 'Phase 1: A', '### Phase 2: B', '### Phase 3: C', 13],
      ['behind the heading of the phase before', '### Phase 1: A', '### Phase 2: B', 'Phase 3: C', 17],
      ['with labels below it', 'Phase 1: A\nTest Command: npm test', 'Words.', 'Words.', 13],
      ['with tags around a part of it', 'Phase <b>1: A</b>', '### Phase 2: B', '### Phase 3: C', 13],
    ])('%s', (_, first, second, third, line) => {
      expect(lines(plan(first, second, third))).toContain(line)
    })

    test('first in a section of phases, also where these are read from elsewhere', () => {
      expect(lines(compile('# E\n\n## Phases\n\nPhase 1: one\nWords.\n\n### Other\n\n### Phase 1: again\n'))).toEqual(
        [],
      )
      expect(lines(compile('# E\n\n## Phases\n\nPhase 1: one\nWords.\n\n## Other\n\n### Phase 1: again\n'))).toEqual([
        5,
      ])
    })

    test('beside phases that are items of a list', () => {
      const items = '## Phases\n\n- [ ] **Phase 1: A**\n- [ ] **Phase 2: B**\n\n'
      expect(lines(compile(`${items}Phase 2: B\n**Depends on**: Phase 1\n`))).toEqual([6])
      expect(lines(compile(`${items}Phase 2: B is the last.\n`))).toEqual([])
      expect(lines(compile(`${items}Phase 3: C\n`))).toEqual([6])
    })

    test('also of the kind that would be read with it', () => {
      const text = '## Roadmap\n\n### Milestone 1: A\n\n#### Step 1: a\n\n#### Step 2: b\n\nMilestone 2: B\n\n- Do\n'
      expect(lines(compile(text))).toEqual([9])
      expect(compile(text.replace('\nMile', '\n### Mile')).phases.map(({ title }) => title)).toEqual(['A', 'B'])
    })

    test('but none that only speaks of a phase', () => {
      const spec = (words: string) =>
        compile(`## Phases\n\n${words}\n\n### Phase 1: A\n\n${words}\n\n### Phase 2: B\n\n- Do\n`)
      for (const words of ['Phase 1: A', 'Phase 2: B', 'Phase 2: B will use it.'])
        expect(lines(spec(words)), words).toEqual([])
    })
  })

  test('a phase under a section of a lesser name', () => {
    const plan = compile(
      '## Roadmap\n\n### Phase 1: Parser\n\n- a\n\n## Implementation Plan\n\n### Phase 2: Printer\n\n- b\n',
    )
    expect(found(plan)).toEqual({ phases: ['2 Printer'], codes: ['3 unread-phase'] })
  })

  test('a phase outside every section', () => {
    const plan = compile('## Phases\n\n### Phase 1: Parser\n\n- a\n\n# Later\n\n## Phase 2: Printer\n\n- b\n')
    expect(found(plan)).toEqual({ phases: ['1 Parser'], codes: ['9 unread-phase'] })
  })

  test('an item beside phases that are items', () => {
    const plan = compile('## Phases\n\n1. Phase 1: Parser\n2. The printer\n3. Phase 3: Docs\n')
    expect(found(plan)).toEqual({ phases: ['1 Parser', '3 Docs'], codes: ['4 unread-phase'] })
  })
})

describe('what is never closed', () => {
  const rest = '\n\n### Phase 2: Printer\n\n- Print\n'
  test.each([
    ['a fence', '```bash\nnpm test', 'unclosed-fence'],
    ['a fence of tildes', '~~~\nnpm test', 'unclosed-fence'],
    ['a comment', '<!-- to do', 'unclosed-comment'],
    ['a comment that one below closes', '<!-- to do\n\nmore\n\n<!-- done -->', 'unclosed-comment'],
    ['details', '<details>\n\nmore', 'unclosed-details'],
    [
      'a fence that one below closes',
      '```bash\nnpm test\n\n### Phase 4: Lost\n\n```sh\nnpm run lint\n```',
      'unclosed-fence',
    ],
    ['a fence that swallows a phase', '```\nnpm test\n\n### Phase 4: Lost\n\n```\n', 'unclosed-fence'],
    ['a fence that swallows a label', '```bash\nnpm test\n\nSuccess Criteria:\n- x\n\n```\n', 'unclosed-fence'],
  ])('%s', (_, opening, code) => {
    expect(
      found(among('### Phase 3: Docs', `Text.\n\n${opening}${rest}`)).codes.map((one) => one.split(' ')[1]),
    ).toContain(code)
  })

  test('a fence of a test command that is never closed runs nothing', () => {
    const plan = among('### Phase 3: Docs\n\nTest Command:\n\n```bash\nnpm test\n\nrm -rf everything')
    expect(plan.phases.map(({ testCommands }) => testCommands)).toEqual([[], []])
  })

  test('what is closed is no finding', () => {
    expect(
      found(
        among(
          '### Phase 3: Docs\n\n```bash\n# Phase\nnpm test\n```\n\n<!-- a -->\n\n````md\n### Phase 9: Example\n```sh\nx\n```\n````',
        ),
      ).codes,
    ).toEqual([])
  })
})

test('a heading that lost its marker below a table is named, a row of an overview is not', () => {
  const table = '| Field | Value |\n|---|---|\n| Modules | a |\n'
  const plan = (line: string) =>
    found(compile(`## Implementation Phases\n\n### Phase 1: Parser\n\n${table}${line}\n`)).codes
  expect(plan('Phase 2: Printer')).toEqual(['8 unread-phase'])
  expect(plan('Phase 2: Printer | later')).toEqual([])
})

test('a phase that lost its marker among milestones is named', () => {
  const text = '## Roadmap\n\n### Milestone 1: Base\n\nPhase 1: Parser\n- Parse\n\n### Milestone 2: Product\n\nText.\n'
  expect(found(compile(text))).toEqual({ phases: ['1 Base', '2 Product'], codes: ['5 unread-phase'] })
  const prose = text.replace('Phase 1: Parser', 'Phase 1 is the parser')
  expect(found(compile(prose)).codes).toEqual([])
})
