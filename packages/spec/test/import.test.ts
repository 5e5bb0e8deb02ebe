import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importDifferences } from '../proof/expected-import.mjs'
import {
  FORMATS,
  type ForeignSource,
  type Imported,
  importPlan,
  NotReadable,
  neighboursOf,
  recogniseFormat,
} from '../src/index.ts'

const folder = new URL('./fixtures/formats/', import.meta.url)
const expected: Readonly<Record<string, { readonly format: string; readonly phases: readonly object[] }>> = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
)
const files = Object.entries(expected)

function sourceOf(name: string): ForeignSource {
  const beside = new Map<string, string>()
  const around = new URL(`${name}.beside/`, folder)
  if (existsSync(around)) {
    for (const one of readdirSync(around)) beside.set(one, readFileSync(new URL(one, around), 'utf8'))
  }
  return { text: readFileSync(new URL(name, folder), 'utf8'), name, beside }
}

const plain = (text: string, name = 'tasks.md'): ForeignSource => ({ text, name, beside: new Map() })
const lostOf = ({ lost }: Imported): readonly string[] => lost.map(({ lines, what }) => `${lines.join(', ')}: ${what}`)

test.each(files)('%s is imported as its answer key says', (name, answer) => {
  expect(importDifferences(importPlan(sourceOf(name)), answer)).toEqual([])
})

test('there is a sample of every format', () => {
  expect([...new Set(files.map(([, { format }]) => format))].toSorted()).toEqual(Object.keys(FORMATS).toSorted())
})

test('an import that differs from its answer key is told', () => {
  const imported = importPlan(sourceOf('openspec.md'))
  const phase = {
    id: '1',
    title: 'Z',
    dependsOn: ['9'],
    tasks: 9,
    done: 9,
    criteria: 9,
    testCommands: ['x'],
    files: [],
  }
  expect(importDifferences(imported, { format: 'kiro', phases: [phase], lost: ['priority'] })).toEqual([
    'file: format should be "kiro", is "openspec"',
    'plan: phases should be ["1"], is ["1","2","3"]',
    'phase 1: title should be "Z", is "Prepare"',
    'phase 1: dependsOn should be ["9"], is []',
    'phase 1: tasks should be 9, is 2',
    'phase 1: done should be 9, is 2',
    'phase 1: testCommands should be ["x"], is []',
    'phase 1: criteria should be 9, is 0',
    'phase 1: files should be [], is ["src/config.ts","docs/config.md"]',
    '"priority" should be named as lost; named are: ',
  ])
})

/** A text's words, without what is markup or layout. */
const words = (text: string): string =>
  text
    .replace(/^\s*\d+[.)]\s/gm, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

test.each(files)('%s: the compiled spec says what the plan says, in its order', (name) => {
  const { foreign, plan } = importPlan(sourceOf(name))
  expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(plan.phases.map(({ id }) => id)).toEqual(foreign.phases.map(({ id }) => id))
  foreign.phases.forEach((phase, index) => {
    const read = plan.phases[index]
    const parents =
      phase.dependsOn === 'previous'
        ? foreign.phases.slice(Math.max(0, index - 1), index).map(({ id }) => id)
        : phase.dependsOn
    expect(read?.dependsOn).toEqual(parents)
    expect(read?.tasks.map(({ text }) => words(text))).toEqual(
      phase.tasks.map(({ text, below }) => words(`${text} ${below}`)),
    )
    expect(read?.tasks.map(({ checked }) => checked)).toEqual(phase.tasks.map(({ done }) => done || phase.done))
    expect(read?.testCommands.map(({ command }) => command)).toEqual(phase.testCommands)
    expect(read?.criteria.map(({ text }) => words(text))).toEqual(phase.criteria.map(words))
    expect(read?.files).toEqual(phase.files)
    const groups = [
      ...new Set(
        phase.tasks.flatMap(({ group }) => (group === undefined || group === 'Included Subtasks' ? [] : group)),
      ),
    ]
    expect(words(read?.description ?? '')).toBe(words([...phase.text, ...groups].join('\n')))
  })
})

test.each(files.filter(([name]) => !name.endsWith('.json') && !name.endsWith('.yaml')))(
  '%s: every word is in the spec, or in a line that is named as lost',
  (name) => {
    const source = sourceOf(name)
    const { spec, lost } = importPlan(source)
    const said = new Set(words(spec).split(' '))
    const named = new Set(lost.flatMap(({ lines }) => lines))
    const missing = visible(source.text)
      .map((line, index) => ({ line, number: index + 1 }))
      .filter(({ number }) => !named.has(number))
      .flatMap(({ line, number }) =>
        words(stripped(line))
          .split(' ')
          .filter((word) => word !== '' && !said.has(word))
          .map((word) => `${number}: ${word}`),
      )
    expect(missing).toEqual([])
  },
)

/** A line without what becomes a field's label, a number or a tag: names of fields, and the words before a phase's or a task's number. */
function stripped(line: string): string {
  return line
    .replace(
      /^#+ (?:acceptance criteria|dependencies|risks.*|definition of done.*|file list|tasks.*|phases|phase details|task list|subtasks.*|work package prompt:)$/i,
      '',
    )
    .replace(/^#+ .*?(?:epic|story|task group|task|work package|subtask|chunk) (?=\w*\d)/i, '')
    .replace(
      /^\**(?:success criteria|acceptance criteria|independent test|plans|files|status)\**\s*(?:\([^)]*\))?:?\**:?/i,
      '',
    )
    .replace(/^(?:- )?\**(?:depends on|dependencies)\b.*$/i, '')
    .replace(/^- (?:Create|Modify|Test): /, '')
    .replace(/^- None \(starting package\)$/, '')
    .replace(/^- \[.\] \d+\.(?:0 | )/, '')
    .replace(/^- `?src\/\w+\.ts`? \(new\)$/, '')
    .replace(/<\/?[a-z_-]+(?:\s[^>]*)?>/g, ' ')
}

function visible(text: string): readonly string[] {
  const lines = text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, '')).split('\n')
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : 0
  return lines.map((line, index) => (index < end ? '' : line))
}

test('a folded phase, a cancelled task and a tag are named by line', () => {
  expect(lostOf(importPlan(sourceOf('gsd-roadmap.md')))).toContain(
    '24, 25, 27, 28: phases that are folded away (shipped)',
  )
  expect(lostOf(importPlan(sourceOf('task-master.json')))).toContain('14: cancelled tasks')
  const tags = JSON.stringify(
    {
      a: { tasks: [{ id: 1, title: 'A', status: 'done' }] },
      b: { tasks: [{ id: 7, title: 'B', status: 'done', subtasks: [] }] },
    },
    null,
    1,
  )
  const chosen = importPlan({ ...plain(tags, 'tasks.json'), tag: 'b' })
  expect(chosen.plan.phases.map(({ title }) => title)).toEqual(['B'])
  expect(lostOf(chosen)).toEqual(['2: tag a'])
  expect(() => importPlan({ ...plain(tags, 'tasks.json'), tag: 'c' })).toThrow('there is no tag "c"')
})

test('documents beside a plan become context, and their phases stay text', () => {
  const { plan } = importPlan(sourceOf('spec-kit.md'))
  expect(plan.context.map(({ markdown }) => markdown).join('\n')).toContain('Amounts are integers.')
  expect(plan.phases).toHaveLength(6)
  expect(neighboursOf('spec-kit')).toEqual(['plan.md', 'spec.md'])
})

test('what would be read as a field stays text', () => {
  const { plan, foreign } = importPlan(
    plain(
      [
        '# Tasks: X',
        '## Phase 1: A',
        'Modules: api',
        '',
        '**Test Command:** `rm -rf /`',
        '',
        '- plain item',
        '',
        '- [ ] T001 Success Criteria: none',
        '- [ ] T002 x',
        '  - [ ] nested',
      ].join('\n'),
    ),
  )
  const [phase] = plan.phases
  expect(foreign.format).toBe('spec-kit')
  expect(phase?.testCommands).toEqual([])
  expect(phase?.modules.every(({ implicit }) => implicit)).toBe(true)
  expect(phase?.tasks.map(({ text }) => text)).toEqual(['T001 Success Criteria: none', 'T002 x\n- [ ] nested'])
  expect(phase?.description).toContain('plain item')
})

test('numbers that two phases share are told apart, and a missing dependency is named', () => {
  const text =
    '# P\n\n### Task 1: A\n\n**Files:** `a.ts`\n\n- [ ] **Step 1: x**\n\n### Task 1: B\n\nDepends on: Task 4\n\n- [ ] **Step 1: y**\n'
  const imported = importPlan(plain(text, 'plan.md'))
  expect(imported.plan.phases.map(({ id, title }) => `${id} ${title}`)).toEqual(['1 A', '1b B'])
  expect(lostOf(imported)).toEqual(['9: the number "1"', '9: the dependency on 4'])
})

test('a file of no known format, a broken one and an empty one say what to do', () => {
  expect(() => importPlan(plain('# Shopping\n\n- milk\n'))).toThrow(NotReadable)
  expect(() => importPlan(plain('{ "tasks": [ { "title": 1, "status": 2, } ] }', 'tasks.json'))).toThrow(/not JSON/)
  expect(() => importPlan(plain('stages:\n  - steps:\n    - goal: "x\n', 'plan.yaml'), 'bernstein')).toThrow(/not YAML/)
  expect(() => importPlan(plain('# nothing'), 'openspec')).toThrow(/holds no numbered heading/)
})

test('text in fences and comments, and ordinary documents, are of no format', () => {
  for (const [name] of files) {
    if (name.endsWith('.json')) continue
    expect(
      recogniseFormat(`# Doc\n\n\`\`\`\`\`markdown\n${sourceOf(name).text}\n\`\`\`\`\`\n`, 'README.md'),
    ).toBeUndefined()
  }
  expect(recogniseFormat('# Notes\n\n- [ ] 1. Buy milk\n', 'notes.md')).toBeUndefined()
  expect(recogniseFormat('{ "tasks": [] }', 'x.json')).toBeUndefined()
})

test('whatever line is missing, an import compiles without errors or says that it cannot be read', () => {
  for (const [name] of files) {
    const { text } = sourceOf(name)
    const lines = text.split('\n')
    for (let at = 0; at < lines.length; at += 4) {
      const cut = lines.toSpliced(at, 1).join('\n')
      try {
        const { plan, lost } = importPlan(plain(cut, name))
        expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(lost.filter(({ instead }) => instead.includes('otherwise than the plan says'))).toEqual([])
      } catch (error) {
        if (!(error instanceof NotReadable)) throw new Error(`${name} without line ${at + 1}`, { cause: error })
      }
    }
  }
})

test('a format is recognised in time that grows with the text', () => {
  for (const filler of ['\n', ' ', '\t\n', '- [ ] 1. a\n', '> \n', '#', '```\n']) {
    const before = process.cpuUsage()
    recogniseFormat(`- [ ] 1. a\n${filler.repeat(Math.ceil(190_000 / filler.length))}x`, '')
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  }
})
