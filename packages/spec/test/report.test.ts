import { expect, test } from 'vitest'
import { compile, formatDiagnostics, planToDot, planToMermaid, planToTable } from '../src/index.ts'

const text =
  '## Phases\n\n### Phase 1: Reader\nModules: reader\n\tDepends On: Phase 7\n\n### Phase 1: Again "quoted" <b>\n\n### Phase 2: Writer\nTest Command: npm test\nSuccess Criteria:\n- `npm run lint` exits 0\n- It reads well\n'

test('findings are shown with the line, the squiggle under the exact place, the hint and the related line', () => {
  const shown = formatDiagnostics(
    compile(text).diagnostics.filter(({ severity }) => severity === 'error'),
    { text, path: '.spec/SPEC.md', color: false },
  )
  expect(
    shown,
  ).toBe(`.spec/SPEC.md:5:14 error phase 1 depends on 7, which the spec does not declare [unknown-dependency]
  5 |     Depends On: Phase 7
    |                 ~~~~~~~
  hint: its phases are: 1, 2

.spec/SPEC.md:7:1 error phase 1 is declared twice; the first one holds [duplicate-id]
  7 | ### Phase 1: Again "quoted" <b>
    | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  hint: give one of the two another id
  .spec/SPEC.md:3:1 phase 1 was declared here first
  3 | ### Phase 1: Reader
    | -------------------

2 errors
`)
})

test('a spec cannot steer the terminal', () => {
  const hostile = '## Phases\n### Phase 1: A\nModules: a\u001b[31mb\u202e\n'
  const shown = formatDiagnostics(compile(hostile).diagnostics, { text: hostile, path: 'SPEC.md', color: false })
  expect(shown).not.toContain('\u001b')
  expect(shown).not.toContain('\u202e')
})

test('no finding shows the password of a URL that stands on its line', () => {
  for (const redis of [
    'redis://me:hunter2@host/x y',
    'http://me:hun/ter2@host',
    '{ url: "redis://:hunter2@host", mode: no }',
  ]) {
    const spec = `---\nredis: ${redis}\n---\n## Phases\n### Phase 1: A\n`
    const { diagnostics } = compile(spec)
    const shown = formatDiagnostics(diagnostics, { text: spec, path: 'SPEC.md', color: false })
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(shown).toContain('@host')
    expect(shown).not.toMatch(/hunter2|ter2/)
    expect(JSON.stringify(diagnostics)).not.toMatch(/hunter2|ter2/)
  }
})

test('colours are there when asked for, and nothing is shown for nothing', () => {
  expect(formatDiagnostics(compile(text).diagnostics, { text, path: 'SPEC.md', color: true })).toContain(
    '\u001b[31merror\u001b[0m',
  )
  expect(formatDiagnostics([], { text, path: 'SPEC.md', color: true })).toBe('')
})

test('the table has a line per phase, with modules, dependencies, test and typed criteria', () => {
  expect(planToTable(compile(text))).toBe(`phase      modules   depends on  test      criteria
─────────  ────────  ──────────  ────────  ────────────────
1  Reader  reader    7           –         –
2  Writer  (writer)  1           npm test  1 typed, 1 prose
`)
})

test('no line of the table is wider than asked for', () => {
  const wide = compile(
    `## Phases\n### Phase 1: ${'long '.repeat(40)}\nModules: ${'m'.repeat(90)}\nTest Command: npm test ${'-x '.repeat(50)}\n`,
  )
  for (const line of planToTable(wide, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('the pictures hold every phase and every edge between declared phases', () => {
  const plan = compile(
    '---\nname: x\n---\n## Phases\n### Phase 1: A "b"\n### Phase 2.1: C\n### Phase 3: D\nDepends On: Phase 1, Phase 2.1\n',
  )
  expect(planToMermaid(plan)).toBe(
    'flowchart TD\n  p_1["1: A &quot;b&quot;"]\n  p_2_1["2.1: C"]\n  p_3["3: D"]\n  p_1 --> p_2_1\n  p_1 --> p_3\n  p_2_1 --> p_3\n',
  )
  expect(planToDot(plan)).toBe(
    'digraph "x" {\n  node [shape=box]\n  "1" [label="1: A \\"b\\""]\n  "2-1" [label="2.1: C"]\n  "3" [label="3: D"]\n  "1" -> "2-1"\n  "1" -> "3"\n  "2-1" -> "3"\n}\n',
  )
})
