import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const read = (body: string) => {
  const plan = compile(`## Phases\n\n### Phase 1: A\n\n${body}\n`)
  const [phase] = plan.phases
  if (phase === undefined) throw new Error('no phase')
  return {
    tasks: phase.tasks.map(({ text }) => text),
    tests: phase.testCommands.map(({ command }) => command),
    criteria: phase.criteria.map(({ text }) => text),
    gotchas: phase.gotchas,
    files: phase.files,
    modules: phase.modules.filter(({ implicit }) => !implicit).map(({ name }) => name),
    description: phase.description,
    codes: plan.diagnostics.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
  }
}

describe('a label right below a list has its value', () => {
  test.each([
    ['a fence', 'Test Command:\n```bash\nnpm test\n```', { tests: ['npm test'] }],
    ['a paragraph', 'Test Command:\n\n`npm test`', { tests: ['npm test'] }],
    ['a numbered list', 'Success Criteria:\n1. x works\n2. y works', { criteria: ['x works', 'y works'] }],
    ['a list', 'Success Criteria:\n* x works', { criteria: ['x works'] }],
    ['a table', 'Success Criteria:\n\n| what |\n|---|\n| x works |', { criteria: ['x works'] }],
    ['a table without a blank line', 'Success Criteria:\n| what |\n|---|\n| x works |', { criteria: ['x works'] }],
    ['in bold', '**Test Command:**\n```bash\nnpm test\n```', { tests: ['npm test'] }],
    [
      'two of them',
      'Test Command:\n```bash\nnpm test\n```\nGotchas:\n- Mind it',
      { tests: ['npm test'], gotchas: ['Mind it'] },
    ],
  ])('%s', (_, below, value) => {
    expect(read(`- Parse\n${below}`)).toMatchObject({ tasks: ['Parse'], codes: [], description: '', ...value })
    expect(read(`- Parse\n  - deep\n${below}`)).toMatchObject({
      tasks: ['Parse\n- deep'],
      codes: [],
      description: '',
      ...value,
    })
  })
})

describe('a gate is read or named', () => {
  test.each([
    ['Tests: `npm test`'],
    ['Test: `npm test`'],
    ['**Tests:** `npm test`'],
    ['- **Tests:** `npm test`'],
    ['#### Tests\n\n```bash\nnpm test\n```'],
    ['Tests:\n\n- `npm test`'],
    ['Test Commands:\n\n- Unit:\n  - `npm test`'],
    ['Test Commands:\n\n- Unit:\n  ```bash\n  npm test\n  ```'],
    ['Test Command\n\n```bash\nnpm test\n```'],
    ['Gotchas:\n- Mind it\nTest Commands\n- `npm test`'],
    ['Tests:\n\n| suite | command |\n|---|---|\n| unit | `npm test` |'],
  ])('read: %s', (body) => {
    expect(read(body)).toMatchObject({ tests: ['npm test'], codes: [] })
  })

  test.each([
    ['Verify: `npm run lint`'],
    ['Run: `npm test`'],
    ['**Verification:** `npm test`'],
    ['- **Verification:** run `npm test`'],
    ['Validation:\n\n```bash\nnpm test\n```'],
    ['#### Validation\n\n```bash\nnpm test\n```'],
    ['Check:\n- `npm run lint`'],
    ['Success Criteria:\n\n```bash\nnpm test\n```'],
  ])('named: %s', (body) => {
    const { tests, codes } = read(body)
    expect(tests).toEqual([])
    expect(codes).toEqual(['commands-not-run'])
  })

  test.each([
    ['Tests: cover the parser'],
    ['Verify: the page by eye'],
    ['Run: by hand'],
    ['Tests:\n- for the parser\n- for `parse()`'],
    ['#### Validation\n\nA person reads it.'],
  ])('prose stays prose: %s', (body) => {
    expect(read(body)).toMatchObject({ tests: [], codes: [] })
    expect(read(body).description).not.toBe('')
  })

  test.each([
    'Test Command: `npm test',
    'Test Command: npm test`',
    'Test Command: `npm test` && `npm run x',
    'Test Commands:\n- `npm test',
  ])('an unbalanced backtick is never run: %s', (body) => {
    expect(read(body)).toMatchObject({ tests: [], codes: ['not-a-command'] })
  })

  test('a row of test commands without code is named', () => {
    expect(read('Test Commands:\n\n| what |\n|---|\n| npm test |').codes).toEqual(['not-a-command'])
  })

  const severity = (setting: string) =>
    compile(
      `---\nuntested: ${setting}\n---\n## Phases\n\n### Phase 1: A\nModules: a\n\n### Phase 2: B\nModules: b\nTest Command: \`npm test\`\n`,
    ).diagnostics.map((one) => [one.code, one.severity, one.range.start.line])

  test('a phase without a test command says so, as loudly as the setting wants', () => {
    expect(severity('info')).toEqual([['no-test-command', 'info', 6]])
    expect(severity('warning')).toEqual([['no-test-command', 'warning', 6]])
    expect(severity('error')).toEqual([['no-test-command', 'error', 6]])
    expect(severity('off')).toEqual([])
    expect(compile('## Phases\n\n### Phase 1: A\n').diagnostics.map(({ code }) => code)).toContain('no-test-command')
  })
})

describe('labels are read in their variants', () => {
  test.each([
    ['**Acceptance criteria / definition of done:**\n- x works', { criteria: ['x works'] }],
    ['Success & Exit Criteria:\n- x works', { criteria: ['x works'] }],
    ['Success Criterias:\n- x works', { criteria: ['x works'] }],
    ['**Known risks:**\n- Mind it', { gotchas: ['Mind it'] }],
    ['Potential Pitfalls:\n- Mind it', { gotchas: ['Mind it'] }],
    ['Risk: Mind it', { gotchas: ['Mind it'] }],
    ['Deliverable: A parser', { tasks: ['A parser'] }],
    ['File: src/a.ts', { files: ['src/a.ts'] }],
    ['#### Phase 1 Deliverables\n- A parser', { tasks: ['A parser'] }],
  ])('%s', (body, value) => {
    expect(read(body)).toMatchObject({ ...value, codes: [] })
  })

  test('Depend On', () => {
    const plan = compile('## Phases\n\n### Phase 1: A\n\n### Phase 2: B\n\n### Phase 3: C\nDepend On: Phase 1\n')
    expect(plan.phases[2]?.dependsOn).toEqual(['1'])
  })

  test.each([
    ['Test Comand: `npm test`', 'Test Command'],
    ['Test Command `npm test`', 'Test Command'],
    ['**Test Command** npm test', 'Test Command'],
    ['- **Test Command** npm test', 'Test Command'],
    ['- x\nModules api, cli', 'Modules'],
    ['Files src/a.ts', 'Files'],
    ['Approval required', 'Approval'],
    ['Depends On Phase 1', 'Depends On'],
    ['**Sucess criterea:** x', 'Success Criteria'],
    ['**Files / Gotchas:** x', 'Files'],
  ])('or named: %s', (body, label) => {
    const plan = compile(`## Phases\n\n### Phase 1: A\n\n${body}\n`)
    const [finding] = plan.diagnostics.filter(({ code }) => code === 'misspelt-label')
    expect(`${finding?.message} ${finding?.hint}`).toContain(label)
  })

  test.each([
    ['Tasks are tracked elsewhere.'],
    ['Modules share one lexer.'],
    ['Files changed by hand are kept.'],
    ['**Files** are kept as they are.'],
    ['Risks include all of it.'],
    ['Requires care.'],
  ])('a sentence is none: %s', (body) => {
    expect(read(body)).toMatchObject({
      codes: [],
      description: expect.stringContaining(body.replaceAll('*', '').slice(0, 8)),
    })
  })
})

describe('check-list items are tasks wherever they stand', () => {
  test('below files', () => {
    expect(
      read(
        '**Files:**\n- Create: `src/a.ts`\n- Test: `test/a.ts`\n\n- [ ] **Step 1: Write the test**\n\n  Run it.\n\n- [x] **Step 2: Write the code in `src/a.ts`**',
      ),
    ).toMatchObject({
      files: ['src/a.ts', 'test/a.ts'],
      tasks: ['Step 1: Write the test\nRun it.', 'Step 2: Write the code in `src/a.ts`'],
      codes: [],
    })
  })

  test.each([['Gotchas'], ['Modules'], ['Test Commands'], ['Notes'], ['Depends On']])('below %s', (label) => {
    expect(read(`**${label}:**\n\n- [ ] **Step 1: Write the failing test**`).tasks).toEqual([
      'Step 1: Write the failing test',
    ])
  })

  test('but criteria, files, modules and commands with boxes stay what they are', () => {
    expect(read('Success Criteria:\n- [ ] x works')).toMatchObject({ criteria: ['x works'], tasks: [] })
    expect(read('Files:\n- [ ] src/a.ts\n- [x] `src/b.ts`')).toMatchObject({
      files: ['src/a.ts', 'src/b.ts'],
      tasks: [],
    })
    expect(read('Modules:\n- [ ] api (api/**)\n- [ ] cli')).toMatchObject({ modules: ['api', 'cli'], tasks: [] })
    expect(read('Test Commands:\n- [ ] `npm test`')).toMatchObject({ tests: ['npm test'], tasks: [] })
  })
})

describe('a label is what a reader of the page sees', () => {
  test.each([
    ['an image', '#### ![Test Command](u)\n\n`rm -rf work`'],
    ['an image of a whole field', '![Test Command: rm -rf work](u)'],
    ['an image in a table', '| ![Test Command](u) | `rm -rf work` |\n|---|---|\n| Modules | a |'],
    ['a struck-out heading', '#### ~~Test Command~~\n\n`rm -rf work`'],
    ['a struck-out label', '~~Test Command:~~ `rm -rf work`'],
    ['a struck-out cell', '| ~~Test Command~~ | `rm -rf work` |\n|---|---|\n| Modules | a |'],
    ['a hidden label', '<span hidden>Test Command:</span> `rm -rf work`'],
    ['a hidden heading', '#### <span hidden>Test Command</span>\n\n`rm -rf work`'],
  ])('%s', (_, body) => {
    expect(read(body).tests).toEqual([])
  })
})
