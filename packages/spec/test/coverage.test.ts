import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unreadSpans } from '../src/accounted/unread.ts'
import { readSpec } from '../src/compile.ts'
import { compile, coverageOf, coverageToText } from '../src/index.ts'

const SPEC = `---
name: x
---
# X

What it is for.
<!-- a comment
over lines -->

## Phases

### Phase 1: Parser
Why it is there.

- Parse
  - deeply

Test Command:
\`\`\`bash
npm test
\`\`\`
Modules: api, cli
Gotchas:
- Mind it

#### Notes

Kept.

<details>

Folded.

</details>

---

[link]: https://example.org

## Later

Something else.
`

describe('coverage', () => {
  test('says of every line what it became', () => {
    const became = coverageOf(SPEC).lines.flatMap(({ text, fates }) =>
      text.trim() === ''
        ? []
        : [`${text.trim()} → ${fates.map((fate) => ('field' in fate ? fate.field : fate.kind)).join('+')}`],
    )
    expect(became).toEqual([
      '--- → settings',
      'name: x → settings',
      '--- → settings',
      '# X → heading',
      'What it is for. → context',
      '<!-- a comment → hidden',
      'over lines --> → hidden',
      '## Phases → heading',
      '### Phase 1: Parser → phase',
      'Why it is there. → description',
      '- Parse → tasks',
      '- deeply → tasks',
      'Test Command: → testCommand',
      '```bash → markup',
      'npm test → testCommand',
      '``` → markup',
      'Modules: api, cli → modules',
      'Gotchas: → gotchas',
      '- Mind it → gotchas',
      '#### Notes → description',
      'Kept. → description',
      '<details> → hidden',
      'Folded. → hidden',
      '</details> → hidden',
      '--- → markup',
      '[link]: https://example.org → markup',
      '## Later → heading',
      'Something else. → context',
    ])
    expect(coverageOf(SPEC).lost).toEqual([])
    expect(coverageOf(SPEC).plan).toEqual(compile(SPEC))
  })

  test('sees what hangs onto a list', () => {
    const { lines } = coverageOf('## Phases\n\n### Phase 1: A\n- Parse\nTest Command: npm test\nWords.\n')
    expect(lines[4]?.fates).toEqual([{ kind: 'field', phase: '1', field: 'testCommand' }])
    const { nodes, claims, source } = readSpec('## Phases\n\n### Phase 1: A\n- Parse\nModules: api\n')
    expect(
      unreadSpans(
        nodes,
        claims.filter(({ fate }) => fate.kind !== 'field' || fate.field !== 'modules'),
        source,
      ),
    ).toHaveLength(1)
  })

  test('loses nothing where bold text goes on into a line that hangs onto a list', () => {
    const { plan, lost } = coverageOf(
      '## Phases\n\n### Phase 1: A\n- **Build the index\ndepends on:** Phase 0\n- Next\n',
    )
    expect(plan.phases[0]?.tasks.map(({ text }) => text)).toContain('Build the index')
    expect(lost).toEqual([])
  })

  test('counts rightly behind a byte order mark in the middle', () => {
    const { plan } = coverageOf(
      `## Phases\n\n### Phase 1: A\n\n- Do\n\n## Notes\n\n${'words '.repeat(1_200)}\n\n\ufeff<b>x</b>\n\n## More\n\n- done\n`,
    )
    expect(plan.context.map(({ markdown }) => markdown.trim()).at(-1)).toBe('- done')
  })

  test('names the cells of a row that no column is for', () => {
    const table = '| Field | Value |\n|---|---|\n| Modules | api |\n| Test Command | npm test | tee log |\n'
    const { phases, diagnostics } = compile(`## Phases\n\n### Phase 1: A\n\n${table}`)
    expect(phases[0]?.modules.map(({ name }) => name)).toEqual(['api'])
    expect(phases[0]?.testCommands.map(({ command }) => command)).toEqual(['npm test'])
    expect(diagnostics.filter(({ code }) => code === 'unread-cell').map(({ range }) => range.start.line)).toEqual([8])
  })

  test('tells what a comment in HTML hides from what stands beside it', () => {
    const { lines } = coverageOf('## Phases\n\n### Phase 1: A\n\n<div>\nWords.\n<!-- hidden\nwords\n')
    expect(lines.slice(4, 8).map(({ fates }) => fates.map(({ kind }) => kind))).toEqual([
      ['hidden'],
      ['description'],
      ['hidden'],
      ['hidden'],
    ])
  })

  test('prints the file with it', () => {
    const text = coverageToText(coverageOf(SPEC))
    expect(text).toMatch(/^15 {2}1 tasks {19}- Parse$/m)
    expect(text).toMatch(/; 0 unaccounted for\n$/)
  })

  test('a text that no pass took would be found', () => {
    const { nodes, claims, source } = readSpec(SPEC)
    const without = claims.filter(({ fate }) => fate.kind !== 'description')
    const lines = unreadSpans(nodes, without, source).map(({ start, end }) => source.text.slice(start, end))
    expect(lines).toEqual(['Why it is there.', '#### Notes', 'Kept.'])
    expect(unreadSpans(nodes, claims, source)).toEqual([])
  })

  test('what stands among values and is none becomes description', () => {
    const plan = compile(
      [
        '## Phases',
        '### Phase 1: A',
        'Tasks:\n- x\n\n```js\nconst example = 1\n```',
        'Test Commands:\n\nUnder Linux alone.\n\n- `npm test`',
        '#### Success Criteria\n\nAll of it holds.\n\n##### Must\n\n- y works',
        'Modules:\n- api\n\n  Some words.\n- cli\n  - cli/**',
        'Files:\n```\nsrc/\n└── a tree\n```',
      ].join('\n\n'),
    )
    const [phase] = plan.phases
    for (const words of ['Under Linux alone.', 'All of it holds.', '# Must', 'Some words.', 'a tree'])
      expect(phase?.description).toContain(words)
    expect(phase?.modules.map(({ name, paths }) => [name, paths])).toEqual([
      ['api', undefined],
      ['cli', ['cli/**']],
    ])
  })

  test('each field keeps its own values beside others of its name', () => {
    const [phase] = compile(
      '## Phases\n\n### Phase 1: A\nTest Command: `npm run a`\n\n#### Test Commands\n\n- `npm run b`\n',
    ).phases
    expect(phase?.testCommands.map(({ command }) => command)).toEqual(['npm run a', 'npm run b'])
  })

  test('what an item that is a phase folds away is not read', () => {
    const [phase] = compile(
      '## Phases\n\n1. Phase 1: A\n\n   <details>\n\n   Test Command: `rm -rf work`\n\n   </details>\n',
    ).phases
    expect(phase?.testCommands).toEqual([])
  })

  test('items beside those that are phases are context', () => {
    const plan = compile('## Phases\n\n- **Phase 1: A**\n- Careful here\n- **Phase 2: B**\n')
    expect(plan.context.map(({ markdown }) => markdown)).toEqual(['- Careful here'])
  })
})

const corpus = new URL('./fixtures/corpus/', import.meta.url)
test.each(readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')))(
  'every line of %s is accounted for',
  (name) => {
    const coverage = coverageOf(
      readFileSync(new URL(name.split('/').map(encodeURIComponent).join('/'), corpus), 'utf8'),
    )
    expect(coverage.lost).toEqual([])
    expect(coverage.plan.diagnostics.filter(({ code }) => code === 'unread-text')).toEqual([])
  },
)
